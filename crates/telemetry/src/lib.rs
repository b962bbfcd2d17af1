//! Telemetry: carries spans and metrics of a process to an OpenTelemetry collector.
