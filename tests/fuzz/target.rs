//! Hands libFuzzer's bytes to the target that this binary is named after.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    posthouse_fuzzing::run(env!("CARGO_BIN_NAME"), bytes);
});
