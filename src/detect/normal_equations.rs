//! Small systems of normal equations: symmetric, positive definite, at most `N` unknowns of which `k` are used.

/// Lower triangle L of a = L L^T; `None` when `a` is not positive definite.
pub(super) fn cholesky<const N: usize>(a: &[[f64; N]; N], k: usize) -> Option<[[f64; N]; N]> {
    let mut l = [[0.0; N]; N];
    for i in 0..k {
        for j in 0..=i {
            let rest = a[i][j] - (0..j).map(|m| l[i][m] * l[j][m]).sum::<f64>();
            if i == j {
                if rest <= 0.0 || rest.is_nan() {
                    return None;
                }
                l[i][i] = rest.sqrt();
            } else {
                l[i][j] = rest / l[j][j];
            }
        }
    }
    Some(l)
}

/// The x with L L^T x = b.
pub(super) fn solve<const N: usize>(l: &[[f64; N]; N], b: &[f64; N], k: usize) -> [f64; N] {
    let mut x = [0.0; N];
    for i in 0..k {
        x[i] = (b[i] - (0..i).map(|m| l[i][m] * x[m]).sum::<f64>()) / l[i][i];
    }
    for i in (0..k).rev() {
        x[i] = (x[i] - (i + 1..k).map(|m| l[m][i] * x[m]).sum::<f64>()) / l[i][i];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 4 x + 2 y = 10 and 2 x + 3 y = 9: x = 1.5, y = 2; a matrix of rank one has no solution.
    #[test]
    fn two_equations_by_hand() {
        let l = cholesky(&[[4.0, 2.0, 0.0], [2.0, 3.0, 0.0], [0.0; 3]], 2).expect("positive definite");
        let x = solve(&l, &[10.0, 9.0, 0.0], 2);
        assert!((x[0] - 1.5).abs() < 1e-12 && (x[1] - 2.0).abs() < 1e-12, "{x:?}");
        assert!(cholesky(&[[1.0, 1.0], [1.0, 1.0]], 2).is_none());
    }
}
