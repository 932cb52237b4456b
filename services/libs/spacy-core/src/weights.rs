//! Reads what thinc writes of a network: a list of nodes, their attributes and their arrays, as msgpack.

use rmpv::{Value, ValueRef, decode::read_value_ref};

use crate::error::LoadError;

/// An array of numbers with its shape.
#[derive(Clone, Debug)]
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f32>,
}

/// One node of the network, with what it has learnt.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) params: Vec<(String, Array)>,
    /// Each value is msgpack within the msgpack.
    attrs: Vec<(String, Vec<u8>)>,
}

impl Node {
    pub(crate) fn param(&self, name: &str, file: &str) -> Result<&Array, LoadError> {
        let found = self.params.iter().find(|(key, _)| key == name);
        found.map(|(_, array)| array).ok_or_else(|| LoadError::malformed(file, format!("{} has no {name}", self.name)))
    }

    pub(crate) fn number(&self, name: &str, file: &str) -> Result<u64, LoadError> {
        let number = self.attr(name).and_then(|value| value.as_u64());
        number.ok_or_else(|| LoadError::malformed(file, format!("{} has no number {name}", self.name)))
    }

    fn attr(&self, name: &str) -> Option<Value> {
        let (_, bytes) = self.attrs.iter().find(|(key, _)| key == name)?;
        let value = read_value_ref(&mut bytes.as_slice()).ok()?;
        Some(value.to_owned())
    }
}

/// Reads the nodes of a network, in the order of the file, which is breadth first.
pub(crate) fn read_nodes(bytes: &[u8], file: &str) -> Result<Vec<Node>, LoadError> {
    let fault = |what: &str| LoadError::malformed(file, what.to_owned());
    let root = read_value_ref(&mut &*bytes).map_err(|error| fault(&error.to_string()))?;
    let list = |name: &str| field(&root, name).and_then(as_list).ok_or_else(|| fault(&format!("no list {name:?}")));
    let (nodes, attrs, params) = (list("nodes")?, list("attrs")?, list("params")?);
    if nodes.len() != attrs.len() || nodes.len() != params.len() {
        return Err(fault("nodes, attrs and params differ in number"));
    }
    let mut read = Vec::with_capacity(nodes.len());
    for ((node, attrs), params) in nodes.iter().zip(attrs).zip(params) {
        let name = field(node, "name").and_then(as_text).ok_or_else(|| fault("a node without a name"))?;
        let params = as_map(params).ok_or_else(|| fault("the parameters of a node are no map"))?;
        let attrs = as_map(attrs).ok_or_else(|| fault("the attributes of a node are no map"))?;
        read.push(Node {
            name: name.to_owned(),
            params: params
                .iter()
                .filter(|(_, value)| !matches!(value, ValueRef::Nil))
                .map(|(key, value)| Some((as_text(key)?.to_owned(), array(value)?)))
                .collect::<Option<_>>()
                .ok_or_else(|| fault(&format!("{name} has a parameter that is no array of 32-bit floats")))?,
            attrs: attrs
                .iter()
                .map(|(key, value)| Some((as_text(key)?.to_owned(), as_bytes(value)?.to_owned())))
                .collect::<Option<_>>()
                .ok_or_else(|| fault(&format!("{name} has an attribute that is not serialised")))?,
        });
    }
    Ok(read)
}

/// The value of `name` in a map, whose keys are texts or bytes.
pub(crate) fn field<'a, 'b>(map: &'b ValueRef<'a>, name: &str) -> Option<&'b ValueRef<'a>> {
    as_map(map)?.iter().find(|(key, _)| as_text(key) == Some(name)).map(|(_, value)| value)
}

pub(crate) fn as_map<'a, 'b>(value: &'b ValueRef<'a>) -> Option<&'b [(ValueRef<'a>, ValueRef<'a>)]> {
    if let ValueRef::Map(pairs) = value { Some(pairs) } else { None }
}

pub(crate) fn as_list<'a, 'b>(value: &'b ValueRef<'a>) -> Option<&'b [ValueRef<'a>]> {
    if let ValueRef::Array(items) = value { Some(items) } else { None }
}

pub(crate) fn as_text<'a>(value: &ValueRef<'a>) -> Option<&'a str> {
    match value {
        ValueRef::String(text) => text.into_str(),
        ValueRef::Binary(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

fn as_bytes<'a>(value: &ValueRef<'a>) -> Option<&'a [u8]> {
    match value {
        ValueRef::Binary(bytes) => Some(bytes),
        ValueRef::String(text) => text.into_str().map(str::as_bytes),
        _ => None,
    }
}

/// An array as msgpack-numpy writes it: a map of `type` (`<f4`), `shape` and `data`. None is empty, so that no size is beyond that of the file.
fn array(value: &ValueRef<'_>) -> Option<Array> {
    if field(value, "type").and_then(as_text)? != "<f4" {
        return None;
    }
    let shape = field(value, "shape").and_then(as_list)?;
    let shape: Vec<usize> =
        shape.iter().map(|size| size.as_u64().and_then(|size| usize::try_from(size).ok())).collect::<Option<_>>()?;
    let (words, rest) = as_bytes(field(value, "data")?)?.as_chunks::<4>();
    let count = shape.iter().try_fold(1_usize, |count, size| count.checked_mul(*size))?;
    if !rest.is_empty() || words.len() != count || count == 0 {
        return None;
    }
    Some(Array { shape, values: words.iter().map(|word| f32::from_le_bytes(*word)).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_is_of_its_own_size_and_not_empty() {
        let read = |shape: &[u64], data: &[u8]| {
            let shape = shape.iter().map(|size| ValueRef::from(*size)).collect();
            let pairs =
                [("type", ValueRef::from("<f4")), ("shape", ValueRef::Array(shape)), ("data", ValueRef::from(data))];
            array(&ValueRef::Map(pairs.map(|(key, value)| (ValueRef::from(key), value)).into()))
        };
        assert_eq!(read(&[1, 2], &[0; 8]).unwrap().values, [0.0, 0.0]);
        for (shape, data) in
            [(&[1, 3][..], &[0; 8][..]), (&[2], &[0; 7]), (&[3, 1 << 40, 1 << 20, 0], &[]), (&[0], &[])]
        {
            assert!(read(shape, data).is_none(), "{shape:?}");
        }
    }
}
