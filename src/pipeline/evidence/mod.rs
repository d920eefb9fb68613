//! The evidence of a case as one zip: a document, the original photos, what cameras and satellites showed, all that was done in its order, the
//! lines of the audit, and a list of it all with hashes. What should be in it and is not is named. A masked copy is for publishing.

mod chips;
mod document;
mod folder;
mod imagery;
mod mask;
mod material;
mod pack;
mod photo;
mod pictures;
mod readme;
mod timeline;

pub use folder::{hashed, read, within};
pub use imagery::{KeptChip, chip_name, is_chip_name, keep_chips, kept_chips};
pub use material::{Material, gather};
pub use pack::{Folders, Packed, file_name, pack};
pub use photo::{Judged, dispatched, hints, judged};
