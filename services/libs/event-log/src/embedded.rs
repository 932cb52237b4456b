//! A Kafka cluster inside the process, in memory, for a first look and for tests that do not depend on the broker.
//!
//! It is librdkafka's mock cluster: about 5 MB are kept for each partition, transactions are a façade, and nothing outlives the process.

use std::{
    sync::mpsc::{SyncSender, sync_channel},
    thread::JoinHandle,
};

use rdkafka::{error::KafkaError, mocking::MockCluster};

use crate::{
    cluster::Cluster,
    topics::{TopicNames, TopicPlan},
};

/// A running embedded cluster; it ends when dropped, after every client of it should have.
#[derive(Debug)]
pub struct EmbeddedCluster {
    cluster: Cluster,
    stop: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Why the embedded cluster did not start.
#[derive(Debug, thiserror::Error)]
#[error("the embedded cluster did not start: {0}")]
pub struct EmbeddedError(String);

impl EmbeddedCluster {
    /// Starts one broker with every topic of `names` as `plan` has them.
    ///
    /// # Errors
    /// When librdkafka cannot start it, for want of a free port or of memory.
    pub fn start(names: &TopicNames, plan: TopicPlan) -> Result<Self, EmbeddedError> {
        let (ready, started) = sync_channel(1);
        let (stop, stopped) = sync_channel::<()>(1);
        let specs = names.specs(plan);
        // The mock cluster is bound to the thread that made it.
        let thread = std::thread::Builder::new()
            .name("embedded-kafka".to_owned())
            .spawn(move || {
                let made = MockCluster::new(1).and_then(|mock| {
                    for spec in &specs {
                        mock.create_topic(&spec.name, i32::from(spec.partitions), 1)?;
                    }
                    Ok::<_, KafkaError>(mock)
                });
                match made {
                    Ok(mock) => {
                        if ready.send(Ok(mock.bootstrap_servers())).is_ok() {
                            // Ends when the handle is dropped, by message or by hang-up.
                            let _ = stopped.recv();
                        }
                    }
                    Err(error) => {
                        let _ = ready.send(Err(error.to_string()));
                    }
                }
            })
            .map_err(|error| EmbeddedError(error.to_string()))?;
        let brokers =
            started.recv().map_err(|_| EmbeddedError("its thread ended".to_owned()))?.map_err(EmbeddedError)?;
        Ok(Self { cluster: Cluster::embedded(brokers), stop: Some(stop), thread: Some(thread) })
    }

    /// How clients reach it.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }
}

impl Drop for EmbeddedCluster {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the embedded cluster's thread panicked");
        }
    }
}
