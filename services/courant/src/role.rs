//! What every long-running role does around its service: configuration, logs, signals, admin port, exit code.

use std::future::Future;

use prometheus::Registry;
use service_kit::{
    admin::{AdminServer, BuildInfo, Liveness, Readiness, register_process},
    exit::Exit,
    shutdown::{Signals, within_grace},
    telemetry,
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    config::{Config, ConfigArgs},
    memory, show,
};

/// What a service is given.
pub(crate) struct Surroundings {
    pub(crate) config: Config,
    pub(crate) registry: Registry,
    pub(crate) readiness: Readiness,
    pub(crate) liveness: Liveness,
    pub(crate) stop: CancellationToken,
}

/// Runs `service` until a signal or its own end.
pub(crate) async fn run<F, E>(
    args: &ConfigArgs,
    service: impl FnOnce(Surroundings) -> F,
    exit_of: impl FnOnce(&E) -> Exit,
) -> Exit
where
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: std::error::Error + Send + 'static,
{
    let config = match args.load() {
        Ok(config) => config,
        Err(faults) => return show::faults(&faults),
    };
    if let Err(error) = telemetry::init(&config.log) {
        return show::failure(&show::chain(&error), Exit::Software);
    }
    memory::prepare();
    let signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            return show::failure(&format!("cannot listen for signals: {error}"), Exit::Unavailable);
        }
    };
    let admin = match AdminServer::bind(config.admin_listen).await {
        Ok(admin) => admin,
        Err(error) => return show::failure(&show::chain(&error), Exit::Unavailable),
    };
    let registry = Registry::new();
    if let Err(error) = register_process(&registry, build_info()) {
        return show::failure(&show::chain(&error), Exit::Software);
    }
    let (readiness, liveness) = (Readiness::new(), Liveness::new());
    let stop = signals.token();
    let grace = config.grace;
    // Probes are answered until the service has drained.
    let served = CancellationToken::new();
    let serving = admin.serve(registry.clone(), readiness.clone(), liveness.clone(), served.clone());
    // It makes its latches, without which the first probe would find the process ready.
    let service = Box::pin(service(Surroundings { config, registry, readiness, liveness, stop: stop.clone() }));
    let serving = tokio::spawn(serving);
    // On the runtime's own threads, where one stage wakes the next without waking another thread for it.
    let service = AbortOnDropHandle::new(tokio::spawn(service));
    let ended = within_grace(&stop, grace, service).await;
    served.cancel();
    let _ = serving.await;
    match ended {
        Ok(Err(broken)) if broken.is_panic() => std::panic::resume_unwind(broken.into_panic()),
        // Nobody else holds the handle, so it was not aborted.
        Ok(Err(_) | Ok(Ok(()))) => Exit::Success,
        Ok(Ok(Err(error))) => {
            let cause = show::chain(&error);
            tracing::error!(cause, "ended");
            exit_of(&error)
        }
        Err(overrun) => {
            tracing::error!(%overrun, "ended");
            Exit::Failure
        }
    }
}

/// Sets logs and signals up.
///
/// # Errors
/// The code to end with; the cause has been told.
pub(crate) fn begin(config: &Config) -> Result<Signals, Exit> {
    telemetry::init(&config.log).map_err(|error| show::failure(&show::chain(&error), Exit::Software))?;
    Signals::listen().map_err(|error| show::failure(&format!("cannot listen for signals: {error}"), Exit::Unavailable))
}

/// Version of this build.
pub(crate) fn build_info() -> BuildInfo {
    BuildInfo { version: env!("CARGO_PKG_VERSION"), revision: option_env!("COURANT_REVISION").unwrap_or("unknown") }
}
