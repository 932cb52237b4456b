//! `courant poller`

use poller::Poller;
use service_kit::exit::Exit;

use crate::{
    config::{Config, ConfigArgs},
    role::{self, Surroundings},
};

/// Polls until a signal.
pub(crate) async fn run(args: &ConfigArgs) -> Exit {
    role::run(args, |around| service(&around).run(around.stop.clone()), poller::PollerError::exit).await
}

/// The poller of `around`.
pub(crate) fn service(around: &Surroundings) -> Poller {
    let Config { kafka, poller: settings, .. } = &around.config;
    Poller {
        member: kafka.member("poller"),
        drain_grace: around.config.drain_grace(),
        settings: settings.clone(),
        registry: around.registry.clone(),
        ready: around.readiness.latch("poller"),
        restored: around.readiness.latch("poller.restore"),
        liveness: around.liveness.clone(),
        draw: rand::random,
    }
}
