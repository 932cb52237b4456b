//! `courant topics …`

use std::time::Duration;

use clap::Subcommand;
use event_log::{ClusterError, TopicReport, apply_topics};
use service_kit::exit::Exit;

use crate::{config::ConfigArgs, show};

/// What can be done with topics.
#[derive(Debug, Subcommand)]
pub(crate) enum TopicsCommand {
    /// Creates the topics that are missing and says where others are not as configured; changes nothing that exists.
    Apply,
}

/// How long a command waits for the cluster.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Runs one of them.
pub(crate) async fn run(args: &ConfigArgs, command: TopicsCommand) -> Exit {
    let config = match args.load() {
        Ok(config) => config,
        Err(faults) => return show::faults(&faults),
    };
    match command {
        TopicsCommand::Apply => {
            let specs = config.kafka.names.specs(config.plan);
            match apply_topics(&config.kafka.cluster, &specs, PATIENCE).await {
                Ok(reports) => {
                    report(&reports);
                    Exit::Success
                }
                Err(error) => failed(&error),
            }
        }
    }
}

/// Tells a person that the cluster could not be used.
pub(crate) fn failed(error: &ClusterError) -> Exit {
    let exit = if error.is_transient() { Exit::Unavailable } else { Exit::Usage };
    show::failure(&show::chain(error), exit)
}

fn report(reports: &[TopicReport]) {
    for TopicReport { name, created, differences } in reports {
        if *created {
            show::line(&format!("{name}: created"));
        } else if differences.is_empty() {
            show::line(&format!("{name}: as configured"));
        }
        for difference in differences {
            show::line(&format!("{name}: differs: {difference}"));
        }
    }
    let different = reports.iter().filter(|report| !report.differences.is_empty()).count();
    if different > 0 {
        show::note(&format!(
            "{different} of {} topics are not as configured; nothing was changed. Settings can be altered with Kafka's own tools; \
             partition counts of topics that hold records cannot.",
            reports.len()
        ));
    }
}
