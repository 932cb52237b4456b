//! `courant enricher`

use enricher::Enricher;
use service_kit::exit::Exit;

use crate::{
    config::{Config, ConfigArgs},
    role::{self, Surroundings},
};

/// Tags until a signal.
pub(crate) async fn run(args: &ConfigArgs) -> Exit {
    role::run(args, |around| service(&around).run(around.stop), enricher::EnricherError::exit).await
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
