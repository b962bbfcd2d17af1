//! The nats-server of this process, if it runs one.

use std::sync::Arc;

use posthouse_bus_nats::server::{Event, LocalServer, Options as ServerOptions};
use posthouse_runtime::config::Config;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::House;
use crate::exit::{Error, Exit};
use crate::output::Output;

/// The local server, if we run one.
pub(crate) enum Server {
    /// Somebody else runs it.
    Foreign,
    /// It runs, and nobody watches it yet.
    Started(Box<LocalServer>),
    /// It runs and is started again when it dies.
    Supervised {
        /// Ends the supervision, and with it the server.
        stop: oneshot::Sender<()>,
        /// Ends when the server has ended.
        task: JoinHandle<Result<(), Error>>,
    },
}

impl Server {
    /// Starts a server of our own, unless an address was given, and points `house` to it.
    pub(crate) async fn start(house: &mut House, output: &Output) -> Result<Self, Error> {
        if !house.config.bus.urls.is_empty() {
            return Ok(Self::Foreign);
        }
        let options = ServerOptions::new(house.data());
        let server = LocalServer::start(&options, |step| output.note(step))
            .await
            .map_err(|error| server_error(&error))?;
        let mut config = Config::clone(&house.config);
        config.bus.urls = vec![server.url()];
        house.config = Arc::new(config);
        Ok(Self::Started(Box::new(server)))
    }

    /// Keeps the server running from now on, and tells a second `up` on the same data where the
    /// first one is.
    pub(crate) fn supervise(&mut self, house: &House, url: &str) -> Result<(), Error> {
        let Self::Started(server) = std::mem::replace(self, Self::Foreign) else {
            return Ok(());
        };
        server.announce(url).map_err(|error| server_error(&error))?;
        let (stop, stopped) = oneshot::channel();
        let shutdown = house.shutdown.clone();
        let task = tokio::spawn(async move {
            let ended = server
                .supervise(async { drop(stopped.await) }, report)
                .await;
            shutdown.drain();
            ended.map_err(|error| server_error(&error))
        });
        *self = Self::Supervised { stop, task };
        Ok(())
    }

    /// Ends the server.
    pub(crate) async fn stop(self) -> Result<(), Error> {
        match self {
            Self::Foreign => Ok(()),
            Self::Started(server) => server.stop().await.map_err(|error| server_error(&error)),
            Self::Supervised { stop, task } => {
                // A supervisor that ended already has nobody to tell.
                stop.send(()).ok();
                task.await
                    .map_err(|error| Error::failed(format!("stop the server: {error}")))?
            }
        }
    }
}

fn server_error(error: &posthouse_bus_nats::server::Error) -> Error {
    Error::new(Exit::Unavailable, format!("{error} ({})", error.code()))
}

fn report(event: Event<'_>) {
    match event {
        Event::Died { status } => tracing::error!(status, "the local nats-server died"),
        Event::RestartFailed { error } => {
            tracing::error!(%error, "the local nats-server did not come back; trying again");
        }
        Event::Restarted { pid } => tracing::info!(pid, "the local nats-server runs again"),
        other => tracing::info!(?other, "the local nats-server"),
    }
}
