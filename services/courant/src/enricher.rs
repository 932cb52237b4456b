//! `courant enricher`

use enricher::Enricher;
use service_kit::exit::Exit;

use crate::{
    config::{Config, ConfigArgs},
    role::{self, Surroundings},
};

/// Tags until a signal.
pub(crate) async fn run(args: &ConfigArgs) -> Exit {
    let tagging = |around: Surroundings| {
        #[cfg(target_os = "linux")]
        without_huge_pages();
        service(&around).run(around.stop)
    };
    role::run(args, tagging, enricher::EnricherError::exit).await
}

/// Keeps the process on pages of the usual size. With huge ones the allocator's free room between texts of all sizes stays resident, half as much
/// again as model and dictionary take, and tagging is no faster.
#[cfg(target_os = "linux")]
fn without_huge_pages() {
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::info!(%error, "huge pages stay on; expect half as much memory again");
    }
}

/// The enricher of `around`.
pub(crate) fn service(around: &Surroundings) -> Enricher {
    let Config { kafka, enricher: settings, .. } = &around.config;
    Enricher {
        member: kafka.member("enricher"),
        drain_grace: around.config.drain_grace(),
        settings: settings.clone(),
        registry: around.registry.clone(),
        ready: around.readiness.latch("enricher"),
        liveness: around.liveness.clone(),
    }
}
