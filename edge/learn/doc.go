// Package learn trains on the device what is normal there, and writes it as an ONNX model.
//
//	d, err := learn.Train(ctx, rows, 8, nil) // rows of 8 channels from a machine that runs well
//	onnx, err := d.Model(names)              // bytes to keep, to send, to look at with onnxtool
//	m, err := learn.NewMonitor(onnx)
//	defer m.Close()
//	for row := range rowsFromNowOn {
//		v, err := m.Judge(ctx, row) // v.Anomaly, v.Score
//	}
//
// Training and judging share nothing but the model: the one may run at night, or elsewhere, and the other knows
// only the file. Nothing here keeps time, logs, or leaves a goroutine behind.
//
// # The detector
//
// A window of the last rows of all channels is standardized and projected on the principal components of the
// training windows (lagged, or dynamic, PCA: W. Ku, R. H. Storer, C. Georgakis, Disturbance detection and isolation by
// dynamic principal component analysis, 1995). The score is the root mean square of what is left: about the noise, in
// standard deviations, while all is well, and large when the channels no longer move together, or in time, as they
// did. Neither time nor position is looked at, and nothing that comes after the newest row; a fault that ends is
// therefore felt for up to a window longer.
//
// # Where its parameters come from
//
// From the training rows alone, without labels:
//
//   - Components: those with more variance than an input has on average (Kaiser's rule).
//   - Threshold: the largest score of any normal window under cross-validation. The rows are cut into folds of
//     consecutive rows; each fold's windows are scored by a detector whose mean and components come from the other
//     folds. Scores of windows that a detector was fitted to are too small, the more so the more components it has,
//     and a factor to make up for that would be a guess.
//   - Window: as long as the training rows bear. There should be more than two windows for each of the lag * channels
//     inputs, and a fold should hold about as many windows as a window has rows.
//
// It is meant for a machine that runs steadily while it is trained, and flags what it has not seen.
package learn
