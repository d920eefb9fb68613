//! Keeps the SQLite of the store to ourselves.

fn main() {
    // The store links a SQLite of its own into the program. Left to itself the linker offers its functions to GDAL, PROJ and
    // SpatiaLite too, which were made for the system's: those that ours lacks they take from the system's, one works on what the
    // other made, and the program crashes (closing a GeoPackage). Functions of linked archives stay hidden instead.
    println!("cargo:rustc-link-arg=-Wl,--exclude-libs,ALL");
    println!("cargo:rerun-if-changed=build.rs");
}
