//! The link between one process and the servers: a proxy of ours that can do to bytes what
//! networks do.
//!
//! It never changes, drops or swaps bytes of one connection: TCP does not either, and whatever
//! does is caught by TLS. What it does do is what is left: it cuts, it stays silent, it is late,
//! and it lets one connection overtake another.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::limits::{CHUNK_BYTES, TRICKLE_BYTES_MAX, TRICKLE_PAUSE};
use crate::Noise;

/// What the network does to a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weather {
    /// Nothing.
    Fair,
    /// Connections break, and new ones are refused.
    Cut,
    /// What the process says does not arrive; neither side is told.
    Mute,
    /// What is said to the process does not arrive; neither side is told.
    Deaf,
    /// Everything comes so much later.
    Late(Duration),
    /// Every piece comes up to so much later, so that connections and directions overtake each
    /// other.
    Jumbled(Duration),
    /// Everything comes in small pieces.
    Trickle,
}

/// The link of one process. Dropping it ends all its connections.
#[derive(Debug)]
pub(super) struct Link {
    ports: Vec<SocketAddr>,
    weather: watch::Sender<Weather>,
    _proxies: JoinSet<()>,
}

impl Link {
    /// A link to these servers, in fair weather.
    ///
    /// # Errors
    ///
    /// When there is no port to listen on.
    pub(super) async fn to(servers: &[SocketAddr], seed: u64) -> std::io::Result<Self> {
        let (weather, _) = watch::channel(Weather::Fair);
        let mut proxies = JoinSet::new();
        let mut ports = Vec::new();
        for (number, server) in (0..).zip(servers) {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            ports.push(listener.local_addr()?);
            let noise = Noise::of(seed, number);
            proxies.spawn(serve(listener, *server, weather.clone(), noise));
        }
        Ok(Self {
            ports,
            weather,
            _proxies: proxies,
        })
    }

    /// What the process is to connect to.
    pub(super) fn urls(&self) -> String {
        let urls = self.ports.iter().map(|port| format!("nats://{port}"));
        urls.collect::<Vec<_>>().join(",")
    }

    /// Changes the weather.
    pub(super) fn becomes(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }
}

async fn serve(
    listener: TcpListener,
    server: SocketAddr,
    weather: watch::Sender<Weather>,
    mut noise: Noise,
) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        // Running out of handles passes; the next look may be better.
        let Ok((process, _)) = listener.accept().await else {
            sleep(TRICKLE_PAUSE).await;
            continue;
        };
        if *weather.borrow() == Weather::Cut {
            continue;
        }
        let pair = [noise.below(u64::MAX), noise.below(u64::MAX)];
        connections.spawn(carry(process, server, weather.subscribe(), pair));
    }
}

/// Carries one connection until a side ends it or the weather cuts it.
async fn carry(
    process: TcpStream,
    server: SocketAddr,
    weather: watch::Receiver<Weather>,
    seeds: [u64; 2],
) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    // Small messages would wait for each other otherwise. It is no loss where it cannot be had.
    process.set_nodelay(true).ok();
    server.set_nodelay(true).ok();
    let (mut from_process, mut to_process) = process.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let mut cut = weather.clone();
    let [out, back] = seeds.map(|seed| Noise::of(seed, 0));
    tokio::select! {
        () = pump(&mut from_process, &mut to_server, weather.clone(), Weather::Mute, out) => {}
        () = pump(&mut from_server, &mut to_process, weather, Weather::Deaf, back) => {}
        _ = cut.wait_for(|weather| *weather == Weather::Cut) => {}
    }
}

/// Carries one direction; in the weather `silent` nothing passes, and it waits for better.
async fn pump(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    mut weather: watch::Receiver<Weather>,
    silent: Weather,
    mut noise: Noise,
) {
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let Ok(read @ 1..) = from.read(&mut chunk).await else {
            return;
        };
        if weather
            .wait_for(|weather| *weather != silent)
            .await
            .is_err()
        {
            return;
        }
        let now = *weather.borrow();
        let sent = match now {
            Weather::Late(late) => {
                sleep(late).await;
                to.write_all(&chunk[..read]).await
            }
            Weather::Jumbled(most) => {
                sleep(noise.between(Duration::ZERO, most)).await;
                to.write_all(&chunk[..read]).await
            }
            Weather::Trickle => trickle(to, &chunk[..read], &weather, &mut noise).await,
            _ => to.write_all(&chunk[..read]).await,
        };
        if sent.is_err() {
            return;
        }
    }
}

async fn trickle(
    to: &mut (impl AsyncWriteExt + Unpin),
    mut bytes: &[u8],
    weather: &watch::Receiver<Weather>,
    noise: &mut Noise,
) -> std::io::Result<()> {
    while !bytes.is_empty() && *weather.borrow() == Weather::Trickle {
        let piece = bytes.len().min(1 + noise.place(TRICKLE_BYTES_MAX));
        let (now, later) = bytes.split_at(piece);
        to.write_all(now).await?;
        sleep(TRICKLE_PAUSE).await;
        bytes = later;
    }
    to.write_all(bytes).await
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_secs(10);
    const A_WHILE: Duration = Duration::from_millis(200);

    /// A server that says back what it hears, and a connection to it over a link.
    async fn linked() -> (Link, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let server = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    tokio::io::copy(&mut from, &mut to).await.ok();
                });
            }
        });
        let link = Link::to(&[server], 7).await.expect("a port");
        let stream = TcpStream::connect(link.ports[0]).await.expect("it listens");
        (link, stream)
    }

    async fn echoed(stream: &mut TcpStream, words: &[u8]) -> Vec<u8> {
        stream.write_all(words).await.expect("it is open");
        let mut heard = vec![0; words.len()];
        stream.read_exact(&mut heard).await.expect("all comes back");
        heard
    }

    #[tokio::test]
    async fn no_weather_but_a_cut_loses_or_swaps_a_byte() {
        let (link, mut stream) = linked().await;
        let words = Noise::new(3).bytes(5_000);
        for weather in [
            Weather::Fair,
            Weather::Late(Duration::from_millis(5)),
            Weather::Jumbled(Duration::from_millis(5)),
            Weather::Trickle,
        ] {
            link.becomes(weather);
            let heard = timeout(SOON, echoed(&mut stream, &words)).await;
            assert!(heard.is_ok_and(|heard| heard == words), "{weather:?}");
        }
    }

    #[tokio::test]
    async fn silence_delivers_when_it_is_over() {
        for silent in [Weather::Mute, Weather::Deaf] {
            let (link, mut stream) = linked().await;
            link.becomes(silent);
            let early = timeout(A_WHILE, echoed(&mut stream, b"early")).await;
            assert!(early.is_err(), "{silent:?}: {early:?}");
            link.becomes(Weather::Fair);
            let mut late = [0; 5];
            let read = timeout(SOON, stream.read_exact(&mut late)).await;
            assert!(read.is_ok() && &late == b"early", "{silent:?}");
        }
    }

    #[tokio::test]
    async fn a_cut_ends_connections_and_lets_none_in() {
        let (link, mut stream) = linked().await;
        assert_eq!(echoed(&mut stream, b"hello").await, b"hello");
        link.becomes(Weather::Cut);
        let ended = timeout(SOON, stream.read(&mut [0; 1])).await;
        assert!(matches!(ended, Ok(Ok(0) | Err(_))), "{ended:?}");
        let mut second = TcpStream::connect(link.ports[0]).await.expect("it listens");
        let ended = timeout(SOON, second.read(&mut [0; 1])).await;
        assert!(matches!(ended, Ok(Ok(0) | Err(_))), "{ended:?}");
        link.becomes(Weather::Fair);
        let mut third = TcpStream::connect(link.ports[0]).await.expect("it listens");
        assert_eq!(echoed(&mut third, b"again").await, b"again");
    }
}
