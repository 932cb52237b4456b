//! Finds a network's parts among the nodes of its file and checks that their sizes fit together.

use super::{
    HashEmbed, Network, Step,
    kernel::{Affine, MAX_PIECES, Machine, Norm},
};
use crate::{
    error::LoadError,
    weights::{Array, Node},
};

/// What the configuration says of a network.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) attributes: usize,
    pub(crate) depth: usize,
    pub(crate) window: usize,
    pub(crate) classes: usize,
}

/// Nodes of a file by name, in its order, which is breadth first: the mixing layer comes before the convolutions, the first of these first.
struct Nodes<'a> {
    nodes: &'a [Node],
    file: &'a str,
}

impl<'a> Nodes<'a> {
    fn of(&self, name: &str, count: usize) -> Result<Vec<&'a Node>, LoadError> {
        let found: Vec<_> = self.nodes.iter().filter(|node| node.name == name).collect();
        if found.len() == count {
            Ok(found)
        } else {
            let fault = format!("{} nodes {name:?} where the configuration makes {count}", found.len());
            Err(LoadError::malformed(self.file, fault))
        }
    }

    fn one(&self, name: &str) -> Result<&'a Node, LoadError> {
        let found = self.of(name, 1)?;
        found.first().copied().ok_or_else(|| self.sizes(name))
    }

    fn param<'n>(&self, node: &'n Node, name: &str) -> Result<&'n Array, LoadError> {
        node.param(name, self.file)
    }

    fn sizes(&self, what: &str) -> LoadError {
        LoadError::malformed(self.file, format!("the sizes of {what} do not fit the rest of the network"))
    }
}

impl Network {
    /// Reads the nodes `own` of a recogniser whose embedding and convolutions are among `embedding`: the same nodes, or another file's.
    pub(crate) fn load(
        (own, own_file): (&[Node], &str),
        (embedding, embedding_file): (&[Node], &str),
        shape: &Shape,
    ) -> Result<Self, LoadError> {
        let own = Nodes { nodes: own, file: own_file };
        let tables = Nodes { nodes: embedding, file: embedding_file };
        let embeds: Vec<_> = tables
            .of("hashembed", shape.attributes)?
            .into_iter()
            .map(|node| hash_embed(&tables, node))
            .collect::<Result<_, _>>()?;
        let maxouts = tables.of("maxout", shape.depth + 1)?;
        let norms = tables.of("layernorm", shape.depth + 1)?;
        let linears = own.of("linear", 2)?;
        let (Some(upper), Some(project)) = (linears.first(), linears.get(1)) else {
            return Err(own.sizes("the linear layers"));
        };
        let lower = own.one("precomputable_affine")?;
        let width = tables.param(norms.first().ok_or_else(|| tables.sizes("the norms"))?, "G")?.values.len();
        let hidden = size(own.param(project, "W")?, 0);
        let machine =
            Machine::detect(&[width, hidden, size(own.param(lower, "b")?, 0) * size(own.param(lower, "b")?, 1)]);
        let layers: Vec<_> = maxouts
            .iter()
            .zip(&norms)
            .map(|(maxout, norm)| layer(&tables, maxout, norm, machine))
            .collect::<Result<_, _>>()?;
        let mut layers = layers.into_iter();
        let (mix, mix_norm) = layers.next().ok_or_else(|| tables.sizes("the mixing layer"))?;
        let (_, first_norm) = layers.next().ok_or_else(|| tables.sizes("the convolutions"))?;
        let first = first_layer(&tables, maxouts.get(1), shape.window, width, machine)?;
        let further: Vec<_> = layers.collect();
        let (project, lower, step) = decision(&own, (upper, project, lower), machine)?;
        let fits = mix.inputs == embeds.len() * width
            && embeds
                .iter()
                .all(|embed| usize::try_from(embed.rows).is_ok_and(|rows| embed.values.len() == rows * width))
            && further
                .iter()
                .all(|(affine, _)| affine.inputs == (2 * shape.window + 1) * width && affine.outputs() == width)
            && mix.outputs() == width
            && project.inputs == width
            && step.scores_bias.len() == shape.classes;
        if !fits {
            return Err(tables.sizes("the layers"));
        }
        Ok(Self {
            embeds,
            width,
            mix,
            mix_norm,
            window: shape.window,
            first,
            first_norm,
            further,
            project,
            lower,
            step,
        })
    }
}

fn size(array: &Array, axis: usize) -> usize {
    array.shape.get(axis).copied().unwrap_or_default()
}

fn hash_embed(nodes: &Nodes<'_>, node: &Node) -> Result<HashEmbed, LoadError> {
    let table = nodes.param(node, "E")?;
    let (seed, rows) = (u32::try_from(node.number("seed", nodes.file)?), u32::try_from(size(table, 0)));
    match (seed, rows) {
        (Ok(seed), Ok(rows)) if rows > 0 => Ok(HashEmbed { seed, rows, values: table.values.clone() }),
        _ => Err(nodes.sizes("an embedding table")),
    }
}

fn layer(nodes: &Nodes<'_>, maxout: &Node, norm: &Node, machine: Machine) -> Result<(Affine, Norm), LoadError> {
    let (weights, bias) = (nodes.param(maxout, "W")?, nodes.param(maxout, "b")?);
    if size(weights, 1) > MAX_PIECES {
        return Err(LoadError::Unsupported {
            place: format!("maxout_pieces of {}", nodes.file),
            found: size(weights, 1).to_string(),
            known: "up to 3 pieces",
        });
    }
    let affine = Affine::pack(machine, weights, &bias.values, 0..size(weights, 2));
    let (gain, shift) = (&nodes.param(norm, "G")?.values, &nodes.param(norm, "b")?.values);
    match affine {
        Some(affine) if gain.len() == affine.outputs() && shift.len() == gain.len() => {
            Ok((affine, Norm::new(machine, gain, shift)))
        }
        _ => Err(nodes.sizes("a maxout layer")),
    }
}

/// The first convolution, one product for each place in the window.
fn first_layer(
    nodes: &Nodes<'_>,
    maxout: Option<&&Node>,
    window: usize,
    width: usize,
    machine: Machine,
) -> Result<Vec<Affine>, LoadError> {
    let maxout = maxout.ok_or_else(|| nodes.sizes("the convolutions"))?;
    let (weights, bias) = (nodes.param(maxout, "W")?, nodes.param(maxout, "b")?);
    let places = 2 * window + 1;
    let parts = (0..places)
        .map(|place| Affine::pack(machine, weights, &bias.values, place * width..(place + 1) * width))
        .collect::<Option<Vec<_>>>()
        .filter(|_| size(weights, 2) == places * width && size(weights, 0) == width);
    let mut parts = parts.ok_or_else(|| nodes.sizes("the first convolution"))?;
    parts.iter_mut().for_each(Affine::leave_bias_to_sum);
    Ok(parts)
}

/// The layers behind the convolutions, and what a decision needs.
fn decision(
    nodes: &Nodes<'_>,
    (upper, project, lower): (&Node, &Node, &Node),
    machine: Machine,
) -> Result<(Affine, Affine, Step), LoadError> {
    let weights = nodes.param(project, "W")?;
    let flat = Array { shape: vec![size(weights, 0), 1, size(weights, 1)], values: weights.values.clone() };
    let project = Affine::pack(machine, &flat, &nodes.param(project, "b")?.values, 0..size(weights, 1));
    let weights = nodes.param(lower, "W")?;
    let [features, hidden, pieces, inputs] = *weights.shape.as_slice() else {
        return Err(nodes.sizes("the lower layer"));
    };
    let outputs = features * hidden * pieces;
    let flat = Array {
        shape: vec![outputs, 1, inputs],
        values: pieces_first(&weights.values, (features, hidden, pieces), inputs),
    };
    let lower_weights = Affine::pack(machine, &flat, &vec![0.0; outputs], 0..inputs);
    let step = Step {
        features,
        hidden,
        pieces,
        bias: pieces_first(&nodes.param(lower, "b")?.values, (1, hidden, pieces), 1),
        pad: pieces_first(&nodes.param(lower, "pad")?.values, (features, hidden, pieces), 1),
        scores: nodes.param(upper, "W")?.values.clone(),
        scores_bias: nodes.param(upper, "b")?.values.clone(),
    };
    let fits = step.bias.len() == hidden * pieces
        && step.pad.len() == outputs
        && step.scores.len() == step.scores_bias.len() * hidden
        && features == 3;
    match (project, lower_weights) {
        (Some(project), Some(lower)) if fits && project.outputs() == lower.inputs => Ok((project, lower, step)),
        _ => Err(nodes.sizes("the layers of the transition system")),
    }
}

/// From groups × hidden × pieces × rest to groups × pieces × hidden × rest.
fn pieces_first(values: &[f32], (groups, hidden, pieces): (usize, usize, usize), rest: usize) -> Vec<f32> {
    let mut turned = Vec::with_capacity(values.len());
    for group in 0..groups {
        for piece in 0..pieces {
            for unit in 0..hidden {
                let start = ((group * hidden + unit) * pieces + piece) * rest;
                turned.extend_from_slice(values.get(start..start + rest).unwrap_or_default());
            }
        }
    }
    turned
}
