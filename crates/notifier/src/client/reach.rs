//! Where couriers may go: nowhere inside the operator's own network, unless the configuration
//! says so.
//!
//! The address of a receiver is written by whoever writes policies, and what it names is spoken
//! to from inside. Without this check a bundle could make the courier talk to the metadata service
//! of a cloud, to a database on loopback, or to a router. So an address is judged twice: as it
//! stands in the URL, and each time a name was resolved, on the very addresses that are then
//! connected to. A name that changes its mind between the two gains nothing.
//!
//! What it refuses to do: follow a proxy. A proxy resolves names by itself, out of sight of this
//! check.
//!
//! # Invariants
//!
//! - Only globally reachable unicast addresses are public; whatever no table names is not.
//! - An IPv4 address is judged alike in every dress: bare, mapped into IPv6, or behind NAT64.
//!   6to4 and Teredo, which nobody needs any more, are never public.
//!
//! # Source
//!
//! IANA special-purpose address registries for IPv4 and IPv6 (RFC 6890 and its updates).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use posthouse_runtime::config::Webhooks;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// IPv4 that is not for everybody.
const NOT_PUBLIC_V4: [Ipv4Net; 15] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
];
/// Global unicast of IPv6; everything outside is special.
const UNICAST_V6: Ipv6Net = v6([0x2000, 0, 0], 3);
/// What is special inside of it: protocols (Teredo among them), documentation, 6to4.
const NOT_PUBLIC_V6: [Ipv6Net; 4] = [
    v6([0x2001, 0, 0], 23),
    v6([0x2001, 0x0db8, 0], 32),
    v6([0x2002, 0, 0], 16),
    v6([0x3fff, 0, 0], 20),
];
/// IPv4 behind NAT64, by the well-known prefix.
const NAT64: Ipv6Net = v6([0x0064, 0xff9b, 0], 96);

/// Where couriers may go. The default is every public address of every host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Hosts that may be named; any, when empty.
    hosts: Vec<String>,
    /// Networks that may be reached although they are not public.
    addresses: Vec<IpNet>,
}

/// Why a message goes nowhere. Nothing was sent, and trying again is no help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// It is neither `http` nor `https`.
    #[error("`{0}` is neither http nor https")]
    Scheme(String),
    /// The configuration lists hosts, and this is none of them.
    #[error("`{0}` is none of the hosts in webhooks.allow_hosts")]
    Host(String),
    /// It leads to an address that is not public, nor one that the configuration allows.
    #[error("`{host}` leads to {address}, which is neither public nor in webhooks.allow_addresses")]
    Address {
        /// The host, as the URL names it.
        host: String,
        /// Where it leads.
        address: IpAddr,
    },
}

impl Forbidden {
    /// The stable code, under which `docs/errors/` explains what to do.
    pub const CODE: &'static str = "NTF0001";
}

impl Reach {
    /// As an operator has set it.
    #[must_use]
    pub fn of(config: &Webhooks) -> Self {
        let hosts = config.allow_hosts.iter();
        Self {
            hosts: hosts.map(|host| bare(host)).collect(),
            addresses: config.allow_addresses.clone(),
        }
    }

    /// Judges a URL as it is written. A host that is a name is judged again when it is resolved.
    pub(super) fn check(&self, url: &Url) -> Result<(), Forbidden> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Forbidden::Scheme(url.scheme().to_owned()));
        }
        // Of these schemes the parser lets no URL pass without a host, and writes every form of
        // an IPv4 address (decimal, octal, hexadecimal, shortened) in the usual one.
        self.check_host(url.host_str().unwrap_or_default())
    }

    /// Judges a host as it is written. One that is a name is judged again when it is resolved.
    pub(super) fn check_host(&self, host: &str) -> Result<(), Forbidden> {
        let host = bare(host);
        if !self.hosts.is_empty() && !self.hosts.iter().any(|known| names(known, &host)) {
            return Err(Forbidden::Host(host));
        }
        match host.trim_matches(['[', ']']).parse() {
            Ok(address) if !self.permits(address) => Err(Forbidden::Address { host, address }),
            _ => Ok(()),
        }
    }

    /// Whether an address may be connected to.
    #[must_use]
    pub fn permits(&self, address: IpAddr) -> bool {
        let address = undressed(address);
        is_public(address) || self.addresses.iter().any(|net| net.contains(&address))
    }

    /// The addresses of a host that may be connected to, of those it has.
    pub(super) fn choose(
        &self,
        host: &str,
        found: Vec<SocketAddr>,
    ) -> Result<Vec<SocketAddr>, Forbidden> {
        let (may, may_not): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|at| self.permits(at.ip()));
        match may_not.first() {
            Some(at) if may.is_empty() => Err(Forbidden::Address {
                host: host.to_owned(),
                address: at.ip(),
            }),
            _ => Ok(may),
        }
    }
}

/// Resolves names by the system and keeps what may be reached.
#[derive(Debug)]
pub(super) struct Resolver(pub(super) Arc<Reach>);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = Arc::clone(&self.0);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let may = reach.choose(name.as_str(), found.collect())?;
            Ok(Box::new(may.into_iter()) as Addrs)
        })
    }
}

/// Whether everybody may be reached there.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC_V4.iter().any(|net| net.contains(&address)),
        IpAddr::V6(address) => {
            UNICAST_V6.contains(&address) && !NOT_PUBLIC_V6.iter().any(|net| net.contains(&address))
        }
    }
}

/// The IPv4 address inside of an IPv6 address that is nothing but a dress for it.
fn undressed(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else {
        return address;
    };
    match v6.to_ipv4_mapped() {
        Some(mapped) => mapped.into(),
        None if NAT64.contains(&v6) => {
            let [.., a, b, c, d] = v6.octets();
            Ipv4Addr::new(a, b, c, d).into()
        }
        None => address,
    }
}

/// A host's name without regard to case and to the dot of the root.
fn bare(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// Whether an entry of the list names `host`: itself, or with `*.` everything below it.
fn names(entry: &str, host: &str) -> bool {
    match entry.strip_prefix('*') {
        Some(below) => host.len() > below.len() && host.ends_with(below),
        None => entry == host,
    }
}

const fn v4(address: [u8; 4], bits: u8) -> Ipv4Net {
    let [a, b, c, d] = address;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6(begin: [u16; 3], bits: u8) -> Ipv6Net {
    let [a, b, c] = begin;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(hosts: &[&str], addresses: &[&str]) -> Reach {
        Reach::of(&Webhooks {
            allow_hosts: hosts.iter().map(ToString::to_string).collect(),
            allow_addresses: addresses.iter().map(|net| net.parse().unwrap()).collect(),
        })
    }

    fn said(reach: &Reach, url: &str) -> Result<(), String> {
        reach
            .check(&Url::parse(url).unwrap())
            .map_err(|forbidden| forbidden.to_string())
    }

    #[test]
    fn what_is_inside_cannot_be_reached_in_any_dress() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "127.0.0.1.",
            "１２７.0.0.1",
            "0.0.0.0",
            "0",
            "10.1.2.3",
            "100.64.0.1",
            "169.254.169.254",
            "0xa9fea9fe",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[::127.0.0.1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a9fe:a9fe]",
            "[64:ff9b::127.0.0.1]",
            "[64:ff9b::a9fe:a9fe]",
            "[64:ff9b:1::1]",
            "[100::1]",
            "[2001::1]",
            "[2001:db8::1]",
            "[2002:7f00:1::]",
            "[3fff::1]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[ff02::1]",
        ] {
            let said = said(&Reach::default(), &format!("https://{host}/hook"));
            let why = said.expect_err(host);
            assert!(why.contains("neither public nor"), "{host}: {why}");
        }
    }

    #[test]
    fn what_is_public_can_be_reached() {
        for host in [
            "hooks.example.com",
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "[2606:4700::1111]",
            "[::ffff:1.1.1.1]",
            "[64:ff9b::1.1.1.1]",
        ] {
            let said = said(&Reach::default(), &format!("https://{host}/hook"));
            assert_eq!(said, Ok(()), "{host}");
        }
    }

    #[test]
    fn networks_can_be_allowed_in_every_dress() {
        let reach = reach(&[], &["127.0.0.0/8", "fd00::/8"]);
        for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "[fd12::1]"] {
            assert_eq!(said(&reach, &format!("http://{host}:8080/")), Ok(()));
        }
        assert!(said(&reach, "http://[::1]/").is_err());
        assert!(said(&reach, "http://10.0.0.1/").is_err());
    }

    #[test]
    fn hosts_can_be_listed() {
        let reach = reach(&["Hooks.example.com", "*.corp.example"], &[]);
        for url in [
            "https://hooks.example.com/a",
            "https://HOOKS.example.com.:8443/a",
            "https://a.b.corp.example/",
        ] {
            assert_eq!(said(&reach, url), Ok(()), "{url}");
        }
        for url in [
            "https://example.com/",
            "https://corp.example/",
            "https://evilcorp.example/",
            "https://hooks.example.com.evil.example/",
            "https://hooks.example.com@evil.example/",
            "https://1.1.1.1/",
        ] {
            let why = said(&reach, url).expect_err(url);
            assert!(why.contains("webhooks.allow_hosts"), "{url}: {why}");
        }
    }

    #[test]
    fn other_schemes_are_refused() {
        for url in ["file:///etc/passwd", "gopher://1.1.1.1/", "ftp://1.1.1.1/"] {
            let why = said(&Reach::default(), url).expect_err(url);
            assert!(why.contains("neither http nor https"), "{url}: {why}");
        }
    }

    /// A name with an address inside and one outside is reached outside; with none outside it is
    /// refused, and one that has no address at all is not said to be forbidden.
    #[test]
    fn of_what_a_name_has_only_what_may_be_reached_is_taken() {
        let at = |ip: &str| SocketAddr::new(ip.parse().unwrap(), 0);
        let (inside, outside) = (at("169.254.169.254"), at("1.1.1.1"));
        let reach = Reach::default();
        let both = reach.choose("rebound.example", vec![inside, outside]);
        assert_eq!(both, Ok(vec![outside]));
        let none = reach.choose("rebound.example", vec![inside]).unwrap_err();
        assert!(none.to_string().contains("169.254.169.254"), "{none}");
        assert_eq!(reach.choose("unknown.example", vec![]), Ok(vec![]));
    }
}
