//! Where a record lies.

/// Partitions of `feeds` and `feed-state` unless configured otherwise; fixed once the topics exist.
pub const DEFAULT_PARTITIONS: u16 = 48;

/// Partition of `key` among `partitions`, as Kafka's Java client places a key: murmur2 with the sign bit cleared.
///
/// Zero partitions count as one.
#[must_use]
pub fn partition_of(key: &[u8], partitions: u16) -> i32 {
    let hash = murmur2::murmur2(key, murmur2::KAFKA_SEED) & 0x7fff_ffff;
    i32::try_from(hash % u32::from(partitions.max(1))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placement_agrees_with_the_java_client() {
        // Vectors of org.apache.kafka.common.utils.UtilsTest.testMurmur2.
        let vectors: [(&str, i32); 6] = [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ];
        for (key, signed) in vectors {
            let positive = u32::from_ne_bytes(signed.to_ne_bytes()) & 0x7fff_ffff;
            assert_eq!(partition_of(key.as_bytes(), 48), i32::try_from(positive % 48).unwrap(), "{key}");
        }
    }

    #[test]
    fn zero_partitions_do_not_divide_by_zero() {
        assert_eq!(partition_of(b"key", 0), 0);
    }
}
