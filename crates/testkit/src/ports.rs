//! Ports for servers that must be told their own, such as those that come again after a fall.
//!
//! A port that the system gives for `127.0.0.1:0` and that is let go again may be taken by the
//! next outgoing connection of anybody, and then the server never comes up. So these are taken
//! from below the range that connections use (`ip_local_port_range`, 32768 and up on Linux; 49152
//! and up by IANA).

use std::hash::{BuildHasher, RandomState};
use std::io::{Error, ErrorKind, Result};
use std::net::{Ipv4Addr, TcpListener};

/// Above what is well known, below what connections use.
const FIRST: u16 = 10_000;
/// How many there are to choose from.
const COUNT: u16 = 22_000;

/// So many different ports on which nobody listens now; no two calls are likely to give the same.
///
/// # Errors
///
/// When so many are not to be had on loopback.
pub fn free(count: usize) -> Result<Vec<u16>> {
    let somewhere = RandomState::new().hash_one(0_u8) % u64::from(COUNT);
    let somewhere = u16::try_from(somewhere).expect("a remainder is smaller than its divisor");
    let around = (0..COUNT).map(|step| FIRST + (somewhere + step) % COUNT);
    // Held until all are found: nobody is given the same one meanwhile.
    let held: Vec<(u16, TcpListener)> = around
        .filter_map(|port| Some((port, TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()?)))
        .take(count)
        .collect();
    if held.len() < count {
        let why = format!("{count} ports are wanted and {} are free", held.len());
        return Err(Error::new(ErrorKind::AddrNotAvailable, why));
    }
    Ok(held.into_iter().map(|(port, _)| port).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_differ_and_are_not_those_of_connections() {
        let ports = free(20).unwrap();
        let distinct: std::collections::BTreeSet<&u16> = ports.iter().collect();
        assert_eq!(distinct.len(), 20);
        assert!(ports.iter().all(|port| (FIRST..32_768).contains(port)));
    }

    #[test]
    fn one_that_is_taken_is_passed_over() {
        let taken = free(1).unwrap()[0];
        let _listener = TcpListener::bind((Ipv4Addr::LOCALHOST, taken)).unwrap();
        assert!(!free(200).unwrap().contains(&taken));
    }
}
