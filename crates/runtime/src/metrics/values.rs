//! Metrics as values, for those who carry them elsewhere than to `/metrics`.

use prometheus_client::encoding::prometheus_protobuf::encode;
use prometheus_client::encoding::prometheus_protobuf::prometheus_data_model::MetricFamily;

use super::{Metrics, lock};

impl Metrics {
    /// Everything, as values: what [`Self::encode`] writes down, under the names it has there.
    #[must_use]
    pub fn values(&self) -> Vec<MetricFamily> {
        encode(&lock(&self.0.registry)).expect("all our metrics can be told as numbers")
    }
}
