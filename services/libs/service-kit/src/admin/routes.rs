//! What the admin port answers.

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use prometheus::{Registry, TEXT_FORMAT, TextEncoder};

use super::{Liveness, Readiness};

const INDEX: &str = "courant admin port\n\n/metrics  metrics in the Prometheus text format\n/livez    200 while every stage moves\n/readyz   200 while every latch is open\n";

pub(super) fn router(registry: Registry, readiness: Readiness, liveness: Liveness) -> Router {
    Router::new()
        .route("/", get(|| async { INDEX }))
        .route("/metrics", get(metrics).with_state(registry))
        .route("/livez", get(livez).with_state(liveness))
        .route("/readyz", get(readyz).with_state(readiness))
}

async fn metrics(State(registry): State<Registry>) -> Response {
    match TextEncoder::new().encode_to_string(&registry.gather()) {
        Ok(text) => ([(header::CONTENT_TYPE, TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics cannot be encoded");
            (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response()
        }
    }
}

async fn livez(State(liveness): State<Liveness>) -> (StatusCode, String) {
    let stalled = liveness.stalled();
    if stalled.is_empty() {
        return (StatusCode::OK, "alive\n".into());
    }
    let lines: Vec<String> = stalled.iter().map(ToString::to_string).collect();
    (StatusCode::SERVICE_UNAVAILABLE, lines.join("\n") + "\n")
}

async fn readyz(State(readiness): State<Readiness>) -> (StatusCode, String) {
    let latches = readiness.latches();
    if latches.are_open() {
        (StatusCode::OK, format!("ready\n{latches}"))
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, format!("not ready\n{latches}"))
    }
}
