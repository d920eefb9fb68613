"""Tests of the model's Python side: python -m unittest test_model. Those that need pictures or torch are skipped without.

Expected values are worked out by hand in the comments, or drawn another way than the code does it.
"""

import hashlib
import os
import tomllib
import unittest
from pathlib import Path

import cv2
import numpy as np

import camera_data
import decode
import evaluate
import synth

try:
    import torch

    import samples
    from net import SmokeNet
    from targets import box_loss, heat_loss, targets
except ImportError:
    torch = None

HERE = Path(__file__).parent
PICTURES = Path(os.environ.get("STRAWFIRE_SHARED", HERE / "../../shared/data")) / "camera"


class Decoding(unittest.TestCase):
    def setUp(self):
        self.heat, self.box = np.zeros((2, 60, 80), np.float32), np.zeros((4, 60, 80), np.float32)

    def test_a_box_is_where_the_card_says(self):
        # cell (10, 20): middle at x = 8 * 20.5 = 164, y = 8 * 10.5 = 84; sides e^0, e^1, e^2, e^0 cells of 8 pixels
        self.heat[1, 10, 20] = 0.9
        self.box[:, 10, 20] = [0, 1, 2, 0]
        found = decode.boxes(self.heat, self.box)
        np.testing.assert_allclose(found, [[156, 84 - 21.7463, 164 + 59.1124, 92, 0.9, 1]], atol=1e-3)

    def test_a_neighbour_below_the_peak_is_no_box(self):
        self.heat[0, 5, 5:8] = [0.5, 0.6, 0.5]
        self.assertEqual(len(decode.boxes(self.heat, self.box)), 1)

    def test_boxes_end_at_the_edge(self):
        self.heat[0, 0, 79] = 0.8
        self.box[:, 0, 79] = 4
        far = 8 * np.exp(4)
        found = decode.boxes(self.heat, self.box)[0, :4]
        np.testing.assert_allclose(found, [636 - far, 0, 640, 4 + far], atol=1e-2)

    def test_classes_do_not_push_each_other_out(self):
        self.heat[:, 30, 40] = [0.7, 0.6]
        self.box[:, 30, 40] = 1
        self.assertEqual(sorted(decode.boxes(self.heat, self.box)[:, 5]), [0, 1])

    def test_of_two_that_overlap_the_better_stays(self):
        # 100 x 100 boxes ten pixels apart: IoU 90 * 100 / (2 * 10000 - 9000) = 0.818
        pair = np.array([[0, 0, 100, 100, 0.9, 0], [10, 0, 110, 100, 0.8, 0]], np.float32)
        self.assertAlmostEqual(decode.iou(*pair), 0.818, places=3)
        self.assertEqual(decode.apart(pair, 0.5)[:, 4].tolist(), [np.float32(0.9)])


class Figures(unittest.TestCase):
    def test_wilson_bounds(self):
        # Brown, Cai and DasGupta 2001: with z = 1.96, none of 10 has the upper bound z2 / (n + z2) = 3.8415 / 13.8415
        low, high = evaluate.wilson(0, 10)
        self.assertEqual(low, 0)
        self.assertAlmostEqual(high, 0.27753, places=4)
        low, high = evaluate.wilson(8, 10)
        self.assertAlmostEqual(low, 0.49016, places=4)
        self.assertAlmostEqual(high, 0.94332, places=4)

    def test_average_precision_by_hand(self):
        # hit at 0.9, false at 0.8, hit at 0.7, of 3 boxes: precision 1 up to a recall of 1/3, then 2/3 up to 2/3: 1/3 + 2/9
        truth = np.array([[0, 0, 10, 10, 0], [20, 0, 30, 10, 0], [40, 0, 50, 10, 0]], np.float32)
        found = np.array([[0, 0, 10, 10, 0.9, 0], [60, 0, 70, 10, 0.8, 0], [20, 0, 30, 10, 0.7, 0]], np.float32)
        precision, total = evaluate.average_precision([{"truth": truth, "found": found}], 0)
        self.assertEqual(total, 3)
        self.assertAlmostEqual(precision, 5 / 9, places=6)

    def test_two_boxes_on_one_truth_are_one_hit(self):
        truth = np.array([[0, 0, 10, 10, 0]], np.float32)
        found = np.array([[0, 0, 10, 10, 0.9, 0], [0, 0, 10, 9, 0.8, 0]], np.float32)
        self.assertEqual(evaluate.average_precision([{"truth": truth, "found": found}], 0), (1.0, 1))

    def test_threshold_lets_one_in_a_hundred_through(self):
        found = [np.array([[0, 0, 9, 9, score, 0]], np.float32) for score in np.linspace(0.004, 0.4, 100)]
        seen = [{"label": "negative", "found": box} for box in found]
        # the best two are 0.400 and 0.396: at 0.40 one is left
        self.assertEqual(evaluate.threshold(seen, 0), 0.4)


class Usual(unittest.TestCase):
    def test_what_is_always_there_does_not_rise(self):
        class Still:
            """A road that is always at 0.4, and smoke of 0.5 from the eighth frame on."""

            def __init__(self):
                self.number = 0

            def outputs(self, picture):
                heat = np.zeros((2, 60, 80), np.float32)
                heat[0, 50, 10] = 0.4
                heat[0, 20, 30] = 0.5 if self.number >= 8 else 0.0
                self.number += 1
                return heat, None

        before, camera_data.load = camera_data.load, lambda root, row: (None, None)
        try:
            rise = evaluate.rises(Still(), None, [None] * 12)
        finally:
            camera_data.load = before
        np.testing.assert_allclose(rise, [0] * 8 + [0.5] * 4, atol=1e-6)


class Split(unittest.TestCase):
    def test_no_camera_is_in_two_parts(self):
        parts = {}
        for row in camera_data.read_split():
            parts.setdefault((row["source"], row["view"]), set()).add(row["part"])
        self.assertEqual([view for view, where in parts.items() if len(where) > 1], [])

    def test_a_frame_without_proof_is_no_negative(self):
        for row in camera_data.read_split("test"):
            self.assertIn(row["label"], ("boxed", "negative", "seen_clear", "unknown"))

    def test_every_cluster_has_one_view(self):
        clusters = [cluster for view in camera_data.VIEWS.values() for cluster in view]
        self.assertEqual(len(clusters), len(set(clusters)))

    @unittest.skipUnless((PICTURES / "hpwren/manifest.csv").is_file(), "skipped: no shared data")
    def test_the_file_is_what_the_script_writes(self):
        before = camera_data.SPLIT.read_bytes()
        camera_data.write_split(PICTURES)
        self.assertEqual(before, camera_data.SPLIT.read_bytes())


class Painting(unittest.TestCase):
    def bank(self):
        return [np.full((60, 40), 200, np.uint8)]

    def test_same_number_same_picture(self):
        twice = []
        for _ in range(2):
            picture = np.full((120, 160, 3), 90, np.float32)
            box = synth.paint_plume(np.random.default_rng((1, 2)), picture, self.bank())
            twice.append((box, picture))
        self.assertEqual(twice[0][0], twice[1][0])
        np.testing.assert_array_equal(twice[0][1], twice[1][1])

    def test_the_box_holds_all_that_changed_to_the_eye(self):
        for number in range(40):
            picture = np.full((240, 320, 3), 40, np.float32)
            box = synth.paint_plume(np.random.default_rng(number), picture, self.bank())
            y, x = np.nonzero(np.abs(picture - 40).max(2) > 20)  # more than opacity 0.07 can do to a grey of 40
            if box is not None and len(x):
                self.assertTrue(box[0] <= x.min() and box[1] <= y.min() and x.max() < box[2] and y.max() < box[3], box)

    def test_flames_are_warm(self):
        picture = np.zeros((240, 320, 3), np.float32)
        box = next(filter(None, (synth.paint_flame(np.random.default_rng(n), picture) for n in range(20))))
        inner = picture[box[1] : box[3], box[0] : box[2]].reshape(-1, 3).mean(0)
        self.assertGreater(inner[2], inner[0])


@unittest.skipUnless(torch, "skipped: no torch")
class Learning(unittest.TestCase):
    def test_what_is_asked_for_decodes_to_the_boxes(self):
        boxes = [[100, 60, 180, 120, 0], [300, 200, 330, 222, 1], [10, 300, 400, 420, 0]]
        heat, sides, sure, _ = targets(boxes, [], 1.0, 480, 640)
        found = decode.boxes(heat, np.log(np.maximum(sides, 1e-3)), least=0.99)
        self.assertEqual(len(found), 3)
        for box in boxes:
            self.assertGreater(max(decode.iou(box, other) for other in found if other[5] == box[4]), 0.99)

    def test_of_what_nothing_is_known_nothing_is_learnt(self):
        _, _, _, trust = targets([], [[80, 80, 160, 160]], 1.0, 480, 640)
        self.assertEqual(trust[:, 15, 15].tolist(), [0, 0])
        self.assertEqual(trust[:, 30, 30].tolist(), [1, 1])

    def test_the_right_answer_costs_nothing(self):
        heat, sides, sure, trust = (torch.from_numpy(a)[None] for a in targets([[100, 60, 180, 120, 0]], [], 1.0, 480, 640))
        right = torch.where(heat >= 0.999, 20.0, -20.0)
        self.assertLess(heat_loss(right, heat, trust).item(), 1e-4)
        self.assertGreater(heat_loss(-right, heat, trust).item(), 100)
        self.assertLess(box_loss(sides.clamp(min=1e-3).log(), sides, sure).item(), 1e-4)

    def test_boxes_move_with_the_crop(self):
        for number in range(30):
            picture, box = np.zeros((480, 640, 3), np.uint8), np.array([[200, 150, 330, 240, 0]], np.float32)
            picture[150:240, 200:330] = 255
            out, moved, _ = samples.crop(np.random.default_rng(number), picture, box, np.zeros((0, 4), np.float32))
            y, x = np.nonzero(out[..., 0] > 127)
            for left, top, right, bottom, _ in moved:
                np.testing.assert_allclose([left, top, right, bottom], [x.min(), y.min(), x.max() + 1, y.max() + 1], atol=2.5)

    @unittest.skipUnless((PICTURES / "hpwren/manifest.csv").is_file(), "skipped: no shared data")
    def test_batches_after_a_kill_are_those_that_would_have_come(self):
        whole = iter(samples.Samples(PICTURES, 3, 2, 0))
        next(whole)
        resumed = iter(samples.Samples(PICTURES, 3, 2, 1))
        for ours, theirs in zip(next(whole), next(resumed)):
            self.assertTrue(torch.equal(ours, theirs))


class File(unittest.TestCase):
    def test_settings_belong_to_the_file(self):
        settings = tomllib.loads((HERE / "smoke_flame.toml").read_text())
        self.assertEqual(settings["sha256"], hashlib.sha256((HERE / "smoke_flame.onnx").read_bytes()).hexdigest())
        self.assertLess((HERE / "smoke_flame.onnx").stat().st_size, 6_000_000)

    def test_shapes(self):
        model = evaluate.Model(HERE / "smoke_flame.onnx")
        outputs = [(output.name, output.shape) for output in model.session.get_outputs()]
        self.assertEqual(outputs, [("heat", [1, 2, 60, 80]), ("box", [1, 4, 60, 80])])
        self.assertEqual(model.session.get_inputs()[0].shape, [1, 3, 480, 640])

    def test_a_wide_picture_is_scaled_back(self):
        model = evaluate.Model(HERE / "smoke_flame.onnx")
        picture = cv2.resize(np.random.default_rng(0).integers(0, 255, (36, 64, 3)).astype(np.uint8), (1280, 720))
        found = model.boxes(picture)
        if len(found):
            self.assertLessEqual(found[:, 2].max(), 1280.01)


if __name__ == "__main__":
    unittest.main()
