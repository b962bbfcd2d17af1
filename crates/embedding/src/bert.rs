//! Sentence models of the family of BERT, from a folder, computed by candle on the processor.
//!
//! The folder is laid out as `sentence-transformers` lays it out: `config.json`,
//! `tokenizer.json`, `model.safetensors`, and `1_Pooling/config.json` where it says how the
//! tokens' vectors become one (their mean, unless it says the first token's). The result is
//! brought to length one.
//!
//! Equal texts give equal vectors on one machine; the last digits may differ between processors,
//! and with the company that a text is read in, which is why no fact hangs on them.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use sha2::{Digest, Sha256};
use tokenizers::{Encoding, Tokenizer, TruncationParams};

use crate::embed::Embed;
use crate::error::Error;
use crate::limits::{FILE_BYTES_MAX, TOKENS_MAX, WIDTH_MAX};

const CONFIG: &str = "config.json";
const TOKENIZER: &str = "tokenizer.json";
const WEIGHTS: &str = "model.safetensors";
const POOLING: &str = "1_Pooling/config.json";

/// How the vectors of a text's tokens become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pooling {
    Mean,
    First,
}

/// A sentence model.
pub struct Bert {
    model: BertModel,
    tokenizer: Tokenizer,
    pooling: Pooling,
    width: usize,
    id: String,
}

impl fmt::Debug for Bert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bert({}, {} wide)", self.id, self.width)
    }
}

impl Bert {
    /// Reads a folder.
    ///
    /// # Errors
    ///
    /// [`Error::Folder`] when a file is missing, too large, or not what its name says.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let config = read(folder, CONFIG)?;
        let tokenizer = read(folder, TOKENIZER)?;
        let weights = read(folder, WEIGHTS)?;
        let pooling = match folder.join(POOLING).exists() {
            true => read(folder, POOLING)?,
            false => Vec::new(),
        };
        let mut digest = Sha256::new();
        for bytes in [&config, &tokenizer, &weights, &pooling] {
            digest.update(Sha256::digest(bytes));
        }
        let id = digest
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let config: Config =
            serde_json::from_slice(&config).map_err(|error| wrong(folder, CONFIG, &error))?;
        if config.hidden_size > WIDTH_MAX {
            return Err(wrong(folder, CONFIG, &"its vectors are too wide"));
        }
        let mut tokenizer =
            Tokenizer::from_bytes(tokenizer).map_err(|error| wrong(folder, TOKENIZER, &error))?;
        let truncation = TruncationParams {
            max_length: TOKENS_MAX.min(config.max_position_embeddings),
            ..TruncationParams::default()
        };
        tokenizer
            .with_truncation(Some(truncation))
            .map_err(|error| wrong(folder, TOKENIZER, &error))?
            .with_padding(None);
        let model = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu)
            .and_then(|weights| BertModel::load(weights, &config))
            .map_err(|error| wrong(folder, WEIGHTS, &error))?;
        Ok(Self {
            model,
            tokenizer,
            pooling: pooling_of(&pooling).map_err(|error| wrong(folder, POOLING, &error))?,
            width: config.hidden_size,
            id,
        })
    }

    fn vectors(&self, encodings: &[Encoding]) -> candle_core::Result<Vec<Vec<f32>>> {
        let longest = encodings.iter().map(Encoding::len).max().unwrap_or(0);
        let (mut ids, mut mask) = (Vec::new(), Vec::new());
        for encoding in encodings {
            let blanks = longest - encoding.len();
            ids.extend_from_slice(encoding.get_ids());
            ids.extend(std::iter::repeat_n(0_u32, blanks));
            mask.extend(std::iter::repeat_n(1_u32, encoding.len()));
            mask.extend(std::iter::repeat_n(0_u32, blanks));
        }
        let shape = (encodings.len(), longest);
        let ids = Tensor::from_vec(ids, shape, &Device::Cpu)?;
        let mask = Tensor::from_vec(mask, shape, &Device::Cpu)?;
        let tokens = self.model.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
        let pooled = match self.pooling {
            Pooling::First => tokens.narrow(1, 0, 1)?.squeeze(1)?,
            Pooling::Mean => {
                let mask = mask.to_dtype(DType::F32)?.unsqueeze(2)?;
                let sum = tokens.broadcast_mul(&mask)?.sum(1)?;
                sum.broadcast_div(&mask.sum(1)?)?
            }
        };
        let length = pooled.sqr()?.sum_keepdim(1)?.sqrt()?;
        pooled.broadcast_div(&length)?.to_vec2()
    }
}

impl Embed for Bert {
    fn id(&self) -> &str {
        &self.id
    }

    fn width(&self) -> usize {
        self.width
    }

    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, Error> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let wrong = |why: String| Error::Embed { why };
        let encodings = texts
            .iter()
            .map(|text| self.tokenizer.encode_fast(*text, true))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| wrong(error.to_string()))?;
        self.vectors(&encodings)
            .map_err(|error| wrong(error.to_string()))
    }
}

fn pooling_of(config: &[u8]) -> Result<Pooling, String> {
    if config.is_empty() {
        return Ok(Pooling::Mean);
    }
    let config: serde_json::Value =
        serde_json::from_slice(config).map_err(|error| error.to_string())?;
    let is = |mode: &str| config[mode].as_bool().unwrap_or(false);
    match (is("pooling_mode_mean_tokens"), is("pooling_mode_cls_token")) {
        (true, false) => Ok(Pooling::Mean),
        (false, true) => Ok(Pooling::First),
        _ => Err("only the mean of all tokens, or the first token, is known".to_owned()),
    }
}

fn read(folder: &Path, name: &str) -> Result<Vec<u8>, Error> {
    let file = File::open(folder.join(name)).map_err(|error| wrong(folder, name, &error))?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| wrong(folder, name, &error))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(wrong(folder, name, &"it is too large"));
    }
    Ok(bytes)
}

fn wrong(folder: &Path, name: &str, why: &dyn fmt::Display) -> Error {
    Error::Folder {
        why: format!("{}: {why}", folder.join(name).display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_of_pooling_is_read() {
        assert_eq!(pooling_of(b""), Ok(Pooling::Mean));
        let first = br#"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}"#;
        assert_eq!(pooling_of(first), Ok(Pooling::First));
        assert!(pooling_of(br#"{"pooling_mode_max_tokens": true}"#).is_err());
        assert!(pooling_of(b"{").is_err());
    }

    #[test]
    fn a_folder_without_a_model_is_refused_by_name() {
        let error = Bert::open(Path::new("no such folder")).unwrap_err();
        assert_eq!(error.code(), "EMB0001");
        assert!(error.to_string().contains("config.json"), "{error}");
    }
}
