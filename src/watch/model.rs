//! The small network that marks smoke and flame, from models/: what goes in, what comes out, and how marks are read out of it.

use super::boxes::{Mark, apart};
use crate::error::{Error, Result};
use crate::sealed::sha256;
use crate::sighting::Kind;
use image::RgbImage;
use image::imageops::{self, FilterType};
use rten::{NodeId, RunOptions, ThreadPool};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Name of the description in a folder of models.
pub const DESCRIPTION: &str = "smoke_flame.toml";

/// What a model is said to be, beside its file.
#[derive(Debug, Clone, Deserialize)]
pub struct Description {
    /// Name of the ONNX file.
    pub file: String,
    /// Its checksum.
    pub sha256: String,
    /// Whether its weights were learned; `false`: for trying the program alone.
    #[serde(default = "yes")]
    pub trained: bool,
    /// What goes in.
    pub input: Input,
    /// What comes out.
    pub output: Output,
    /// What it tells apart, in the order of its output.
    #[serde(rename = "class")]
    pub classes: Vec<Class>,
}

/// The picture that a model takes.
#[derive(Debug, Clone, Deserialize)]
pub struct Input {
    /// Name of the input: [1, 3, height, width], RGB from 0 to 1.
    pub name: String,
    /// Width, px.
    pub width: u32,
    /// Height, px.
    pub height: u32,
}

/// What a model gives.
#[derive(Debug, Clone, Deserialize)]
pub struct Output {
    /// Name of the scores: [1, classes, rows, columns], 0 to 1.
    pub heat: String,
    /// Name of the boxes: [1, 4, rows, columns], logarithms of the distances from the middle of a cell to the left, upper, right and
    /// lower side, in cells.
    #[serde(rename = "box")]
    pub boxes: String,
    /// Side of a cell, px.
    pub stride: u32,
}

/// One thing that a model marks.
#[derive(Debug, Clone, Deserialize)]
pub struct Class {
    /// `smoke` or `flame`.
    pub name: String,
    /// From this score on a single picture is said to show it.
    pub threshold: f32,
}

fn yes() -> bool {
    true
}

/// A model that is loaded; clones share its weights, and each has a thread of its own.
pub struct Model {
    network: Arc<rten::Model>,
    nodes: [NodeId; 3],
    kinds: Vec<Kind>,
    pool: Arc<ThreadPool>,
    /// What it is said to be.
    pub about: Description,
}

impl Clone for Model {
    fn clone(&self) -> Self {
        Model {
            network: self.network.clone(),
            nodes: self.nodes,
            kinds: self.kinds.clone(),
            pool: own_thread(),
            about: self.about.clone(),
        }
    }
}

fn own_thread() -> Arc<ThreadPool> {
    Arc::new(ThreadPool::with_num_threads(1))
}

/// A model is no larger than this, bytes: what is larger is another file.
const LARGEST: u64 = 200_000_000;

impl Model {
    /// Loads the model that a folder describes.
    ///
    /// # Errors
    /// [`Error::Read`] where a file is not there, [`Error::Input`] where it is damaged or no such model.
    pub fn load(folder: &Path) -> Result<Model> {
        let described = folder.join(DESCRIPTION);
        let text = std::fs::read_to_string(&described).map_err(|error| Error::read(&described, error))?;
        let wrong = |path: &Path, found: String| {
            Error::input(
                path,
                found,
                "the model of strawfire as it was delivered",
                "put the folder models/ back as it was delivered",
            )
        };
        let about: Description = toml::from_str(&text).map_err(|error| wrong(&described, error.to_string()))?;
        let path = folder.join(&about.file);
        let bytes = read(&path)?;
        let sum = sha256(&bytes);
        if sum != about.sha256 {
            return Err(wrong(&path, format!("another file (SHA-256 {}...)", sum.get(..12).unwrap_or(&sum))));
        }
        let mut options = rten::ModelOptions::with_all_ops();
        let network = options.prepack_weights(true).load(bytes).map_err(|error| wrong(&path, error.to_string()))?;
        let node = |name: &str| network.node_id(name).map_err(|_| wrong(&path, format!("nothing named {name}")));
        let nodes = [node(&about.input.name)?, node(&about.output.heat)?, node(&about.output.boxes)?];
        let kind =
            |class: &Class| Kind::named(&class.name).ok_or_else(|| wrong(&described, format!("class {}", class.name)));
        let kinds = about.classes.iter().map(kind).collect::<Result<Vec<Kind>>>()?;
        let size = [about.input.width, about.input.height, about.output.stride];
        if kinds.is_empty() || size.contains(&0) || size[0].max(size[1]) > 4096 {
            return Err(wrong(&described, format!("{} classes, {size:?} px", kinds.len())));
        }
        Ok(Model { network: Arc::new(network), nodes, kinds, pool: own_thread(), about })
    }

    /// What the network says of a picture.
    ///
    /// # Errors
    /// Where it cannot be run, in words.
    pub fn look(&self, image: &RgbImage) -> std::result::Result<Glimpse, String> {
        if image.width() == 0 || image.height() == 0 {
            return Err("a picture without pixels".to_string());
        }
        let (fitted, tensor) = Fitted::of(image, &self.about.input);
        let [input, heat, boxes] = self.nodes;
        let options = RunOptions::default().with_thread_pool(Some(self.pool.clone()));
        let outputs = self.network.run_n(vec![(input, tensor.view().into())], [heat, boxes], Some(options));
        let [heat, boxes] = outputs.map_err(|error| error.to_string())?;
        let heat: NdTensor<f32, 4> = heat.try_into().map_err(|error| format!("its scores: {error}"))?;
        let boxes: NdTensor<f32, 4> = boxes.try_into().map_err(|error| format!("its boxes: {error}"))?;
        let ([_, kinds, rows, columns], shape) = (heat.shape(), boxes.shape());
        if kinds != self.kinds.len() || shape != [1, 4, rows, columns] {
            return Err(format!("scores of {:?} and boxes of {shape:?}", heat.shape()));
        }
        Ok(Glimpse {
            heat: heat.to_vec(),
            boxes: boxes.to_vec(),
            rows,
            columns,
            stride: self.about.output.stride as f32,
            kinds: self.kinds.clone(),
            fitted,
        })
    }

    /// The score from which on a single picture is said to show a kind; 1 where it is not among the classes.
    pub fn threshold(&self, kind: Kind) -> f32 {
        let class = self.kinds.iter().position(|of| *of == kind).and_then(|at| self.about.classes.get(at));
        class.map_or(1.0, |class| class.threshold)
    }
}

fn read(path: &PathBuf) -> Result<Vec<u8>> {
    let length = std::fs::metadata(path).map_err(|error| Error::read(path, error))?.len();
    if length > LARGEST {
        return Err(Error::input(
            path,
            format!("{length} bytes"),
            "a small model",
            "put the folder models/ back as it was delivered",
        ));
    }
    std::fs::read(path).map_err(|error| Error::read(path, error))
}

/// What the network says of a picture: how much each cell looks like the middle of smoke or flame, and how large that would be.
pub struct Glimpse {
    /// Scores, a map a kind, line by line.
    heat: Vec<f32>,
    boxes: Vec<f32>,
    rows: usize,
    columns: usize,
    stride: f32,
    kinds: Vec<Kind>,
    fitted: Fitted,
}

impl Glimpse {
    /// Scores of all cells, 0 to 1: a map a kind, line by line.
    pub fn heat(&self) -> &[f32] {
        &self.heat
    }

    /// What it marks with a score of `least` and more, strongest first, in the pixels of the picture.
    pub fn marks(&self, least: f32) -> Vec<Mark> {
        self.marks_by(&self.heat, least)
    }

    /// The same by other values of the cells than their scores, in the order of [`Glimpse::heat`].
    pub fn marks_by(&self, values: &[f32], least: f32) -> Vec<Mark> {
        apart(self.peaks(values, least), OVERLAP, WITHIN)
            .into_iter()
            .filter_map(|mark| self.fitted.back(mark))
            .collect()
    }

    /// Cells whose value is not below that of a neighbour of their kind, as boxes in pixels of the input.
    fn peaks(&self, values: &[f32], least: f32) -> Vec<Mark> {
        let (rows, columns, stride) = (self.rows, self.columns, self.stride);
        let (wide, high) = (columns as f32 * stride, rows as f32 * stride);
        let mut marks = Vec::new();
        for (kind, map) in self.kinds.iter().zip(values.chunks_exact((rows * columns).max(1))) {
            for (at, score) in map.iter().copied().enumerate().filter(|(_, score)| *score >= least) {
                let (row, column) = (at / columns, at % columns);
                let near = |at: usize, most: usize| at.saturating_sub(1)..(at + 2).min(most);
                let mut around = near(row, rows).flat_map(|r| near(column, columns).map(move |c| r * columns + c));
                if around.any(|other| map[other] > score) {
                    continue;
                }
                // the bounds of training
                let side = |i: usize| stride * self.boxes[i * rows * columns + at].clamp(-3.0, 5.0).exp();
                let (x, y) = (stride * (column as f32 + 0.5), stride * (row as f32 + 0.5));
                let [left, right] = [x - side(0), x + side(2)].map(|at| at.clamp(0.0, wide));
                let [top, bottom] = [y - side(1), y + side(3)].map(|at| at.clamp(0.0, high));
                marks.push(Mark { kind: *kind, score, left, top, right, bottom });
            }
        }
        marks
    }
}

/// A picture made to fit the input, as in training: as large as it goes, in the upper left corner, black beside and below it.
struct Fitted {
    /// Pixels of the input a pixel of the picture.
    scale: f32,
    width: f32,
    height: f32,
}

impl Fitted {
    fn of(image: &RgbImage, input: &Input) -> (Fitted, NdTensor<f32, 4>) {
        let (wide, high) = (input.width as f32, input.height as f32);
        let scale = (wide / image.width() as f32).min(high / image.height() as f32);
        let fit = |side: u32, most: u32| ((side as f32 * scale).round() as u32).clamp(1, most);
        let (w, h) = (fit(image.width(), input.width), fit(image.height(), input.height));
        let scaled;
        let picture = if (w, h) == image.dimensions() {
            image
        } else {
            // smaller: the mean of all that a pixel covers; larger: between neighbours
            scaled = if scale < 1.0 {
                imageops::thumbnail(image, w, h)
            } else {
                imageops::resize(image, w, h, FilterType::Triangle)
            };
            &scaled
        };
        let plane = (input.width * input.height) as usize;
        let mut data = vec![0.0; 3 * plane];
        for (y, line) in picture.as_raw().chunks_exact(3 * w as usize).enumerate() {
            let start = y * input.width as usize;
            for channel in 0..3 {
                let row = &mut data[channel * plane + start..][..w as usize];
                row.iter_mut()
                    .zip(line[channel..].iter().step_by(3))
                    .for_each(|(to, from)| *to = f32::from(*from) / 255.0);
            }
        }
        let tensor = NdTensor::from_data([1, 3, input.height as usize, input.width as usize], data);
        (Fitted { scale, width: image.width() as f32, height: image.height() as f32 }, tensor)
    }

    /// A mark of the input in pixels of the picture; `None` for one beside it.
    fn back(&self, mark: Mark) -> Option<Mark> {
        let x = |at: f32| (at / self.scale).clamp(0.0, self.width);
        let y = |at: f32| (at / self.scale).clamp(0.0, self.height);
        let mark = Mark { left: x(mark.left), top: y(mark.top), right: x(mark.right), bottom: y(mark.bottom), ..mark };
        (mark.area() > 0.0).then_some(mark)
    }
}

/// Boxes of one kind that overlap by more are one.
const OVERLAP: f32 = 0.5;
/// A box that lies in a better one of its kind with more of its area is part of it.
const WITHIN: f32 = 0.8;
