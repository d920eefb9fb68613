//! Vectors of three numbers, earth-fixed: x to 0 E on the equator, y to 90 E, z to the north pole; kilometres.

/// A vector.
pub type V3 = [f64; 3];

pub fn dot(a: V3, b: V3) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub fn cross(a: V3, b: V3) -> V3 {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// a + s b.
pub fn along(a: V3, s: f64, b: V3) -> V3 {
    [a[0] + s * b[0], a[1] + s * b[1], a[2] + s * b[2]]
}

pub fn minus(a: V3, b: V3) -> V3 {
    along(a, -1.0, b)
}

pub fn scaled(s: f64, a: V3) -> V3 {
    [s * a[0], s * a[1], s * a[2]]
}

pub fn norm(a: V3) -> f64 {
    dot(a, a).sqrt()
}

pub fn unit(a: V3) -> V3 {
    scaled(1.0 / norm(a), a)
}
