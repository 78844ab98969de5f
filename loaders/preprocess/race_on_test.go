//go:build race

package preprocess

// raceDetector: under the detector a sync.Pool drops what it is given at random.
const raceDetector = true
