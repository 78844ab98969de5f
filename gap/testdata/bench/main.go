// Bench runs gap beside programs in Python that do the same, in turn, on the same data and cores, and prints times, ratios, peak memory
// and the greatest difference of results:
//
//	go run ./gap/testdata/bench -python python3 sweep measure umap train zeroshot cosine
//
// large is the Go side of sweep alone, for more pairs: -n 20000 large.
//
// The Python programs need NumPy; measure also needs SciPy and scikit-learn, umap umap-learn, train PyTorch.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mindgap/gap"
)

var (
	python = flag.String("python", "python3", "Python with NumPy, SciPy and scikit-learn")
	n      = flag.Int("n", 5000, "pairs")
	d      = flag.Int("d", 512, "width")
	repeat = flag.Int("repeat", 3, "runs of the Go side; the median counts")
	child  = flag.String("child", "", "internal: run this on the given data file and print JSON")
)

// scripts is the folder of this program.
const scripts = "gap/testdata/bench"

func main() {
	log.SetFlags(0)
	flag.Parse()
	if *child != "" {
		if err := json.NewEncoder(os.Stdout).Encode(work(*child, flag.Arg(0))); err != nil {
			log.Fatal(err)
		}
		return
	}
	folder, err := os.MkdirTemp("", "gap-bench")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	fmt.Printf("%d pairs of width %d, %d processors\n", *n, *d, runtime.GOMAXPROCS(0))
	for _, what := range flag.Args() {
		switch what {
		case "sweep":
			sweep(folder)
		case "measure":
			measure(folder)
		case "umap":
			umap(folder)
		case "train":
			train(folder)
		case "large":
			path := data(folder)
			report("sweep, Go", self("sweep", path))
		case "zeroshot", "cosine":
			report(what+", Go", self(what, ""))
		default:
			log.Fatalf("no benchmark %q, want sweep, large, measure, umap, train, zeroshot or cosine", what)
		}
	}
}

// outcome is what a program prints.
type outcome struct {
	Seconds float64            `json:"seconds"`
	Points  [][]float64        `json:"points"`
	Metrics map[string]float64 `json:"metrics"`
	Notes   map[string]float64 `json:"notes"`
	Parts   map[string]float64 `json:"parts"`
	cpu     float64            // processor seconds of the process
	memory  int64              // peak resident bytes of the process
}

func sweep(folder string) {
	path := data(folder)
	mine := self("sweep", path)
	report("sweep, Go", mine)
	for _, how := range []string{"definition", "identity"} {
		theirs := run(*python, filepath.Join(scripts, "sweep.py"), how, path, strconv.Itoa(*n), strconv.Itoa(*d))
		report("sweep, NumPy by "+how, theirs)
		var loss, recall float64
		for l, row := range theirs.Points {
			for k, v := range row {
				diff := math.Abs(v - mine.Points[l][k])
				if k < len(row)-2 {
					loss = max(loss, diff)
				} else {
					recall = max(recall, diff)
				}
			}
		}
		fmt.Printf("    %.1f times the time of Go; losses differ by %.1g, recalls by %.1g\n", theirs.Seconds/mine.Seconds, loss, recall)
	}
}

func measure(folder string) {
	path := data(folder)
	mine := self("measure", path)
	report("measure, Go", mine)
	theirs := run(*python, filepath.Join(scripts, "measure.py"), path, strconv.Itoa(*n), strconv.Itoa(*d))
	report("measure, NumPy, SciPy and scikit-learn", theirs)
	for name, seconds := range theirs.Parts {
		fmt.Printf("    %-24s %8.2f s\n", name, seconds)
	}
	var worst float64
	where := ""
	for name, v := range theirs.Metrics {
		if w, ok := mine.Metrics[name]; !ok {
			fmt.Printf("    no metric %s\n", name)
		} else if diff := math.Abs(v-w) / math.Max(1, math.Abs(v)); !(diff <= worst) {
			worst, where = diff, name
		}
	}
	fmt.Printf("    %.1f times the time of Go; %d of %d metrics compared, greatest relative difference %.1g (%s)\n",
		theirs.Seconds/mine.Seconds, len(theirs.Metrics), len(mine.Metrics), worst, where)
}

func report(what string, o outcome) {
	fmt.Printf("%-42s %8.3f s, peak memory %d MB, %.1f processor seconds for the whole program\n", what, o.Seconds, o.memory>>20, o.cpu)
	for name, v := range o.Notes {
		fmt.Printf("    %s %.4g\n", name, v)
	}
}

// self runs one part of this program in a process of its own, whose memory can be told.
func self(what, path string) outcome {
	program, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	return run(program, "-child", what, "-n", strconv.Itoa(*n), "-d", strconv.Itoa(*d), "-repeat", strconv.Itoa(*repeat), path)
}

func run(name string, args ...string) outcome {
	var out bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Run(); err != nil {
		log.Fatalf("%s: %v", cmd, err)
	}
	var o outcome
	if err := json.Unmarshal(out.Bytes(), &o); err != nil {
		log.Fatalf("%s: %v", cmd, err)
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		o.memory = int64(usage.Maxrss) << 10
		o.cpu = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	}
	return o
}

// data writes two clouds with a gap, as unit rows.
func data(folder string) string {
	path := filepath.Join(folder, "pairs.f32")
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := cloud(rng, *n, *d), make([]float32, *n**d)
	for i := range *n {
		for k := range *d {
			y[i**d+k] = 0.5*x[i**d+k] + float32(rng.NormFloat64())
		}
		x[i**d] += 12
		y[i**d+1] += 12
	}
	var raw bytes.Buffer
	for _, side := range [][]float32{unit(x, *d), unit(y, *d)} {
		if err := binary.Write(&raw, binary.LittleEndian, side); err != nil {
			log.Fatal(err)
		}
	}
	if err := os.WriteFile(path, raw.Bytes(), 0o600); err != nil {
		log.Fatal(err)
	}
	return path
}

// cloud draws rows whose entries fall off in size, as embeddings' do.
func cloud(rng *rand.Rand, n, d int) []float32 {
	x := make([]float32, n*d)
	for i := range x {
		x[i] = float32(rng.NormFloat64() * 2 / math.Sqrt(1+float64(i%d)/16))
	}
	return x
}

func unit(x []float32, d int) []float32 {
	e := gap.NewEmbeddings(len(x)/d, d, x)
	for i, length := range e.Norms() {
		for k := range e.Row(i) {
			e.Row(i)[k] = float32(float64(e.Row(i)[k]) / length)
		}
	}
	return x
}

// load reads the clouds that data wrote.
func load(path string) gap.Pair {
	file, err := os.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	reader := bufio.NewReaderSize(file, 1<<20)
	read := func() *gap.Embeddings {
		values, raw := make([]float32, *n**d), make([]byte, 4**d)
		for i := range *n {
			if _, err := io.ReadFull(reader, raw); err != nil {
				log.Fatal(err)
			}
			for k := range *d {
				values[i**d+k] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*k:]))
			}
		}
		return gap.NewEmbeddings(*n, *d, values)
	}
	images := read()
	return gap.NewPair(images, read(), nil)
}

// median runs f a few times and returns the median of the seconds that it took.
func median(f func()) float64 {
	seconds := make([]float64, *repeat)
	for k := range seconds {
		start := time.Now()
		f()
		seconds[k] = time.Since(start).Seconds()
	}
	for k := range seconds { // a handful
		for l := k; l > 0 && seconds[l] < seconds[l-1]; l-- {
			seconds[l], seconds[l-1] = seconds[l-1], seconds[l]
		}
	}
	return seconds[len(seconds)/2]
}

func lambdas() []float64 {
	out := make([]float64, 41)
	for k := range out {
		out[k] = -1 + float64(k)/20
	}
	return out
}

// work does the Go side of a benchmark.
func work(what, path string) (o outcome) {
	ctx := context.Background()
	must := func(err error) {
		if err != nil {
			log.Fatal(err)
		}
	}
	switch what {
	case "sweep":
		p := load(path)
		var points []gap.SweepPoint
		o.Seconds = median(func() {
			var err error
			points, err = gap.Sweep(ctx, p, gap.SweepOptions{Lambdas: lambdas(), Scales: []float64{1, 5, 35, 50, 100}})
			must(err)
		})
		for _, pt := range points {
			o.Points = append(o.Points, append(append([]float64(nil), pt.Loss...), pt.ImageToTextRecall1, pt.TextToImageRecall1))
		}
	case "measure":
		p := load(path)
		var m gap.Measurement
		o.Seconds = median(func() {
			var err error
			m, err = gap.Measure(ctx, p, gap.MeasureOptions{Scale: 100})
			must(err)
		})
		o.Metrics = map[string]float64{}
		for _, r := range m {
			o.Metrics[r.Name] = r.Value
		}
	case "umap":
		return umapWork(load(path))
	case "train-free", "train-heads":
		return trainWork(load(path), gap.Parameters(strings.TrimPrefix(what, "train-")))
	case "zeroshot":
		const images, classes = 50_000, 1000
		rng := rand.New(rand.NewPCG(3, 4))
		x, y := gap.NewEmbeddings(images, *d, cloud(rng, images, *d)), gap.NewEmbeddings(classes, *d, cloud(rng, classes, *d))
		labels := make([]int, images)
		for i := range labels {
			labels[i] = rng.IntN(classes)
			for k := range *d {
				x.Row(i)[k] += 0.3 * y.Row(labels[i])[k]
			}
		}
		delta := make([]float64, *d)
		delta[0] = 0.8
		o.Seconds = median(func() {
			_, err := gap.ClassifySweep(ctx, x, y, labels, delta, lambdas(), gap.Both, gap.Fraction)
			must(err)
		})
		one := median(func() {
			_, err := gap.Classify(ctx, x, y, labels, []int{1})
			must(err)
		})
		o.Notes = map[string]float64{"seconds of one plain evaluation": one, "41 λ in the time of evaluations": o.Seconds / one}
	case "cosine":
		const rows = 1_000_000
		rng := rand.New(rand.NewPCG(5, 6))
		few := cloud(rng, 1000, *d)
		x := make([]float32, rows**d)
		for i := 0; i < len(x); i += len(few) {
			copy(x[i:], few)
		}
		e := gap.NewEmbeddings(rows, *d, x)
		o.Seconds = median(func() { gap.MeanCosine(e) })
		bytes := float64(4 * len(x))
		read := median(func() {
			parts := make(chan float32)
			count := runtime.GOMAXPROCS(0)
			for k := range count {
				go func() {
					var s [8]float32
					part := x[k*len(x)/count : (k+1)*len(x)/count]
					for i := 0; i+16 <= len(part); i += 16 { // one load a cache line: the memory's own pace
						s[i/16%8] += part[i]
					}
					parts <- s[0]
				}()
			}
			for range count {
				<-parts
			}
		})
		o.Notes = map[string]float64{"GB/s": bytes / o.Seconds / 1e9, "GB/s of touching every cache line": bytes / read / 1e9}
	default:
		log.Fatalf("nothing to do for %q", what)
	}
	return o
}
