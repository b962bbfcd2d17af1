//! How a region is cut up, written down where every process and operator finds it.
//!
//! The numbers of partitions are fixed when a region is created. Whoever publishes with other
//! numbers would put facts where nobody looks, so they are never guessed: provisioning writes
//! them to the region's policy bucket, and every other command reads them there.

use std::time::Duration;

use bytes::Bytes;
use posthouse_bus::topology::{Size, Topology};
use posthouse_bus::{Bus, Error as BusError};
use serde::{Deserialize, Serialize};

use crate::exit::{Error, Exit};

/// The key of the record in the region's policy bucket.
const SIZE: &str = "size";
/// Seconds of a day.
const DAY_S: u64 = 24 * 3600;

/// The size of a region as it is written down.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    partitions: u16,
    partitions_per_stream: u16,
    receiver_partitions: u16,
    replicas: u8,
    keep_days: u64,
}

impl From<&Size> for Record {
    fn from(size: &Size) -> Self {
        Self {
            partitions: size.partitions,
            partitions_per_stream: size.partitions_per_stream,
            receiver_partitions: size.receiver_partitions,
            replicas: size.replicas,
            keep_days: size.age_max.as_secs() / DAY_S,
        }
    }
}

impl From<Record> for Size {
    fn from(record: Record) -> Self {
        Self {
            partitions: record.partitions,
            partitions_per_stream: record.partitions_per_stream,
            receiver_partitions: record.receiver_partitions,
            replicas: record.replicas,
            age_max: Duration::from_secs(record.keep_days * DAY_S),
        }
    }
}

/// Checks that a region, if it exists, has the numbers of partitions that the topology has.
///
/// # Errors
///
/// - [`Exit::Refused`] when it was created with other numbers of partitions.
/// - When the bus fails.
pub(crate) async fn check(bus: &dyn Bus, topology: &Topology) -> Result<(), Error> {
    let region = topology.subjects.region();
    if let Some(known) = recorded(bus, &topology.policy_bucket()).await? {
        let (known, asked) = (Size::from(known), &topology.size);
        let partitions = |size: &Size| {
            (
                size.partitions,
                size.partitions_per_stream,
                size.receiver_partitions,
            )
        };
        if partitions(&known) != partitions(asked) {
            let (log, per_stream, receivers) = partitions(&known);
            let message = format!("provision {region}: it was created with other partitions");
            return Err(Error::new(Exit::Refused, message).hint(format!(
                "partitions = {log}, partitions_per_stream = {per_stream}, \
                 receiver_partitions = {receivers} cannot be changed"
            )));
        }
    }
    Ok(())
}

/// Writes the size of a provisioned region down.
///
/// # Errors
///
/// As [`check`].
pub(crate) async fn remember(bus: &dyn Bus, topology: &Topology) -> Result<(), Error> {
    check(bus, topology).await?;
    let bucket = bus.bucket(&topology.policy_bucket()).await?;
    let region = topology.subjects.region();
    let record = serde_json::to_vec(&Record::from(&topology.size))
        .map_err(|error| Error::failed(format!("write the size of {region} down: {error}")))?;
    bucket.put(SIZE, Bytes::from(record)).await?;
    Ok(())
}

/// The topology of a region that was provisioned.
///
/// # Errors
///
/// - [`Exit::NotFound`] when nobody provisioned it.
/// - When the bus fails.
pub(crate) async fn recall(bus: &dyn Bus, region: &str) -> Result<Topology, Error> {
    // Names of buckets depend on the region alone; any size will do to build one.
    let bucket = Topology::new(region, Size::LAPTOP).policy_bucket();
    match recorded(bus, &bucket).await? {
        Some(record) => Ok(Topology::new(region, record.into())),
        None => {
            let message = format!("find region {region} on this bus: nobody provisioned it");
            Err(Error::new(Exit::NotFound, message).hint(format!(
                "posthouse region provision --region {region} --nats URL"
            )))
        }
    }
}

async fn recorded(bus: &dyn Bus, bucket: &str) -> Result<Option<Record>, Error> {
    let entry = match bus.bucket(bucket).await {
        Ok(bucket) => bucket.get(SIZE).await,
        Err(BusError::NotFound(_)) => return Ok(None),
        Err(error) => Err(error),
    };
    let Some(value) = entry?.and_then(|entry| entry.value) else {
        return Ok(None);
    };
    let record: Record = serde_json::from_slice(&value)
        .map_err(|error| Error::failed(format!("read the size in bucket {bucket}: {error}")))?;
    let sound = (1..=posthouse_bus::limits::PARTITIONS_MAX).contains(&record.partitions)
        && (1..=posthouse_bus::limits::PARTITIONS_MAX).contains(&record.receiver_partitions)
        && record.partitions_per_stream > 0;
    if sound {
        return Ok(Some(record));
    }
    Err(Error::failed(format!(
        "read the size in bucket {bucket}: {record:?} makes no sense"
    )))
}

#[cfg(test)]
mod tests {
    use posthouse_bus::memory::MemoryBus;

    use super::*;

    #[tokio::test]
    async fn a_region_keeps_its_partitions() {
        let bus = MemoryBus::with_tokio_clock(posthouse_domain::Timestamp::from_millis(0));
        let topology = Topology::new("cn-north", Size::LAPTOP);
        assert_eq!(
            recall(&bus, "cn-north").await.unwrap_err().exit(),
            Exit::NotFound
        );
        bus.provision(&topology).await.unwrap();
        assert_eq!(
            recall(&bus, "cn-north").await.unwrap_err().exit(),
            Exit::NotFound
        );

        remember(&bus, &topology).await.unwrap();
        assert_eq!(recall(&bus, "cn-north").await.unwrap().size, Size::LAPTOP);

        let other = Topology::new(
            "cn-north",
            Size {
                partitions: 8,
                ..Size::LAPTOP
            },
        );
        assert_eq!(
            remember(&bus, &other).await.unwrap_err().exit(),
            Exit::Refused
        );
        let safer = Topology::new(
            "cn-north",
            Size {
                replicas: 3,
                ..Size::LAPTOP
            },
        );
        remember(&bus, &safer).await.unwrap();
        assert_eq!(recall(&bus, "cn-north").await.unwrap().size.replicas, 3);
    }
}
