//go:build !race

package preprocess

// raceDetector: see race_on_test.go.
const raceDetector = false
