//! Where the memory of the process comes from: mimalloc, which takes the place of the C library's `malloc`.
//!
//! A poll makes and drops some hundreds of small objects on whichever thread is free, which glibc's allocator serves at several times the cost. It is
//! not Rust's global allocator: asked through that, each time for an alignment, mimalloc 3.3 takes blocks whose size is no power of two from the next
//! larger size, which cost a tenth more memory and time. Rust's own allocator calls `malloc`, and so do the C libraries.

use mimalloc::MiMalloc;

/// Keeps the process on pages of the usual size: of a huge one that is used here and there the rest stays resident too, and work goes no faster.
///
/// It names the allocator, too, which is what has the linker take it.
pub(crate) fn prepare() {
    tracing::debug!(mimalloc = MiMalloc.version(), "preparing memory");
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::info!(%error, "huge pages stay on; expect half as much memory again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that mimalloc has of the system.
    fn committed() -> i64 {
        let told = MiMalloc::stats_json().unwrap();
        let told: serde_json::Value = serde_json::from_slice(told.to_bytes()).unwrap();
        told["committed"]["current"].as_i64().unwrap_or_else(|| panic!("{told}"))
    }

    #[test]
    fn what_is_allocated_comes_from_mimalloc() {
        // Far more than the tests beside this one take and give back meanwhile.
        const BYTES: usize = 256 << 20;
        let before = committed();
        let block = std::hint::black_box(vec![1_u8; BYTES]);
        let more = committed() - before;
        assert!(more >= i64::try_from(block.len()).unwrap() * 9 / 10, "{more} bytes more");
    }
}
