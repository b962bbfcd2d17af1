//! Models where they lie: part of the program, in a file, or in a region's object store under
//! their address.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use posthouse_bus::topology::Topology;
use posthouse_bus::{Bus, Error as BusError, Objects};
use posthouse_classifier::models::{self, DEFAULT, is_address};
use posthouse_model::Model;
use posthouse_policy::{Policy, Source, compile};
use posthouse_runtime::policies::Policies;

use super::choice::NONE;
use crate::bus;
use crate::cli::classifier::models::RegionArgs;
use crate::exit::{Error, Exit};

/// The fewest digits by which an address can be told.
const DIGITS_MIN: usize = 6;

/// A region whose models are dealt with.
pub(super) struct Region {
    pub(super) bus: Arc<dyn Bus>,
    pub(super) topology: Topology,
}

/// The bundle in force in a region, and the models it names.
pub(super) struct InForce {
    pub(super) source: Source,
    /// The model that decides, or [`NONE`].
    pub(super) decides: String,
    /// The model that runs beside, if any.
    pub(super) challenges: Option<String>,
}

impl Region {
    /// Connects to the region that is meant.
    ///
    /// # Errors
    ///
    /// As [`bus::connect`].
    pub(super) async fn open(args: &RegionArgs) -> Result<Self, Error> {
        let connected = bus::connect(&args.bus, &args.server).await?;
        Ok(Self {
            bus: connected.bus,
            topology: connected.topology,
        })
    }

    /// The store of models.
    ///
    /// # Errors
    ///
    /// [`Exit::NotFound`] where the region was provisioned by a version that knew no models.
    pub(super) async fn models(&self) -> Result<Box<dyn Objects>, Error> {
        let opened = self.bus.objects(&self.topology.models()).await;
        opened.map_err(|error| {
            let is_missing = matches!(error, BusError::NotFound(_));
            let error = Error::from(error);
            if is_missing {
                error.hint("posthouse region provision creates it; nothing else is touched")
            } else {
                error
            }
        })
    }

    /// Stores a model under its address; gives whether it was not there before.
    ///
    /// # Errors
    ///
    /// When the bus fails.
    pub(super) async fn store(&self, model: &Model) -> Result<bool, Error> {
        let objects = self.models().await?;
        if objects.names().await?.iter().any(|name| name == model.id()) {
            return Ok(false);
        }
        let bytes = Bytes::copy_from_slice(model.as_bytes());
        objects.put(model.id(), bytes).await?;
        Ok(true)
    }

    /// The name that a bundle would give the model that is meant: [`DEFAULT`], [`NONE`], or the
    /// whole address.
    ///
    /// # Errors
    ///
    /// - [`Exit::Usage`] for what cannot be the beginning of an address.
    /// - [`Exit::NotFound`] when the store holds none, or several.
    pub(super) async fn name(&self, meant: &str) -> Result<String, Error> {
        if meant == DEFAULT || meant == NONE {
            return Ok(meant.to_owned());
        }
        let is_beginning = meant.len() >= DIGITS_MIN
            && is_address(&format!("{meant:0<width$}", width = models::ADDRESS_DIGITS));
        if !is_beginning {
            let message = format!("find model `{meant}`: that is no address");
            return Err(Error::usage(message).hint(format!(
                "`{DEFAULT}`, or at least {DIGITS_MIN} digits of what `posthouse classifier list` shows"
            )));
        }
        let names = self.models().await?.names().await?;
        let mut found = names.into_iter().filter(|name| name.starts_with(meant));
        match (found.next(), found.next()) {
            (Some(name), None) => Ok(name),
            (None, _) => Err(not_found(meant, "the region's store holds no such model")),
            (Some(_), Some(_)) => Err(not_found(meant, "several begin so; write more digits")),
        }
    }

    /// The model of this name, out of the store or the program; `None` for [`NONE`].
    ///
    /// # Errors
    ///
    /// - [`Exit::NotFound`] when the store does not hold it.
    /// - When it holds something else there, or the bus fails.
    pub(super) async fn model(&self, name: &str) -> Result<Option<Model>, Error> {
        match name {
            NONE => Ok(None),
            DEFAULT => Ok(Some(Model::shipped())),
            address => self.stored(address).await.map(Some),
        }
    }

    async fn stored(&self, name: &str) -> Result<Model, Error> {
        let object = self.models().await?.get(name).await?;
        models::read(name, object.as_deref()).map_err(|error| {
            let exit = match error {
                models::Error::Missing { .. } => Exit::NotFound,
                _ => Exit::Failed,
            };
            Error::new(exit, format!("{error} ({})", error.code()))
        })
    }

    /// The bundle in force.
    ///
    /// # Errors
    ///
    /// - [`Exit::NotFound`] when none was ever activated.
    /// - When it cannot be had, or does not compile.
    pub(super) async fn in_force(&self) -> Result<InForce, Error> {
        let policies = Policies::new(Arc::clone(&self.bus), &self.topology);
        let version = policies.active().await?.ok_or_else(|| {
            let message = "find a policy in force: none was ever activated in this region";
            Error::new(Exit::NotFound, message).hint("posthouse policy apply DIR")
        })?;
        let source = policies.source(&version).await?;
        let (policy, _) = compile(&source)
            .map_err(|_| Error::failed(format!("compile policy {version}, which is in force")))?;
        let chosen = policy.taxonomy.model;
        Ok(InForce {
            source,
            decides: chosen.name.unwrap_or_else(|| NONE.to_owned()),
            challenges: chosen.challenger,
        })
    }
}

/// Refuses a bundle that names a model which the region's store does not hold: activated, it would
/// be set aside by every partition of the classifier.
///
/// # Errors
///
/// - [`Exit::Refused`] when a model is missing.
/// - When the bus fails.
pub(crate) async fn check_named(
    bus: &dyn Bus,
    topology: &Topology,
    policy: &Policy,
) -> Result<(), Error> {
    let chosen = &policy.taxonomy.model;
    let named = chosen.name.iter().chain(&chosen.challenger);
    let addresses: Vec<&String> = named.filter(|name| *name != DEFAULT).collect();
    if addresses.is_empty() {
        return Ok(());
    }
    let stored = match bus.objects(&topology.models()).await {
        Ok(objects) => objects.names().await?,
        Err(BusError::NotFound(_)) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    match addresses.into_iter().find(|name| !stored.contains(name)) {
        None => Ok(()),
        Some(address) => {
            let error = models::Error::Missing {
                address: address.clone(),
            };
            Err(Error::new(
                Exit::Refused,
                format!("{error} ({})", error.code()),
            ))
        }
    }
}

/// Reads a model from a file.
///
/// # Errors
///
/// [`Exit::Usage`] when the file cannot be read, or is no model.
pub(super) fn read_file(path: &Path) -> Result<Model, Error> {
    let shown = path.display();
    let bytes =
        std::fs::read(path).map_err(|error| Error::usage(format!("read {shown}: {error}")))?;
    Model::from_bytes(bytes)
        .map_err(|error| Error::usage(format!("{error} ({}): {shown}", error.code())))
}

/// The model that the command line means: [`DEFAULT`], a file, or one of the region's store. The
/// region is asked only for the last.
///
/// # Errors
///
/// As [`read_file`], [`Region::name`] and [`Region::model`].
pub(super) async fn meant(text: &str, args: &RegionArgs) -> Result<Model, Error> {
    if text == DEFAULT {
        return Ok(Model::shipped());
    }
    let path = Path::new(text);
    if path.exists() {
        return read_file(path);
    }
    let region = Region::open(args).await?;
    let model = region.model(&region.name(text).await?).await?;
    model.ok_or_else(|| Error::usage(format!("use `{text}` as a model: it names none")))
}

fn not_found(meant: &str, why: &str) -> Error {
    Error::new(Exit::NotFound, format!("find model {meant}: {why}"))
        .hint("posthouse classifier list")
}

#[cfg(test)]
mod tests {
    use posthouse_bus::memory::MemoryBus;
    use posthouse_bus::topology::Size;
    use posthouse_domain::Timestamp;
    use posthouse_runtime::policies;

    use super::super::choice::{Change, changed};
    use super::*;

    async fn region() -> Region {
        let bus = MemoryBus::with_tokio_clock(Timestamp::from_millis(0));
        let topology = Topology::new("cn-north", Size::LAPTOP);
        bus.provision(&topology).await.unwrap();
        Region {
            bus: Arc::new(bus),
            topology,
        }
    }

    #[tokio::test]
    async fn a_model_is_found_by_the_beginning_of_its_address() {
        let (region, model) = (region().await, Model::shipped());
        let address = model.id();
        let missing = region.name(&address[..12]).await.unwrap_err();
        assert_eq!(missing.exit(), Exit::NotFound);
        assert!(region.store(&model).await.unwrap());
        assert!(!region.store(&model).await.unwrap(), "it is there already");
        assert_eq!(region.name(&address[..12]).await.unwrap(), address);
        let found = region.model(address).await.unwrap().unwrap();
        assert_eq!(found.id(), address);
        for meant in ["", "abc", "our model", "../../x", "ABCDEF0123"] {
            let error = region.name(meant).await.unwrap_err();
            assert_eq!(error.exit(), Exit::Usage, "{meant}");
        }
    }

    #[tokio::test]
    async fn a_bundle_is_asked_which_models_it_names() {
        let region = region().await;
        let source = Source::shipped("default").unwrap();
        let now = Timestamp::from_millis(0);
        let bus = region.bus.as_ref();
        policies::activate(bus, &region.topology, &source, "test", now)
            .await
            .unwrap();
        let in_force = region.in_force().await.unwrap();
        assert_eq!(in_force.decides, DEFAULT);
        assert_eq!(in_force.challenges, None);

        let address = Model::shipped().id().to_owned();
        let source = changed(&in_force.source, Change::Challenge(&address)).unwrap();
        let (policy, _) = compile(&source).unwrap();
        let refused = check_named(bus, &region.topology, &policy).await;
        assert_eq!(refused.unwrap_err().exit(), Exit::Refused);
        region.store(&Model::shipped()).await.unwrap();
        check_named(bus, &region.topology, &policy).await.unwrap();
    }
}
