// Package browser drives Chromium over a page for tests: it opens a page, keeps what the console says and what is asked of the network, and
// moves the mouse. It is used by tests alone.
package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// EnvRequired names the variable that, when not empty, makes a missing browser a failure instead of a skip.
const EnvRequired = "MINDGAP_REQUIRE_BROWSER"

// patience is how long one page may take for all that a test does with it.
const patience = 90 * time.Second

// Find returns the path of Chromium, or of a browser made from it, and "" where none is installed.
func Find() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// A Browser is one running Chromium without a window. It draws WebGL in software.
type Browser struct{ ctx context.Context }

// Start starts a browser that ends with the test. Without an installed one the test is skipped with a line that says so, or fails where
// EnvRequired is set.
func Start(t testing.TB) *Browser {
	t.Helper()
	path := Find()
	if path == "" {
		const text = "NO CHROMIUM IS INSTALLED: the page was not tested in a browser (on Debian: apt-get install chromium)"
		if os.Getenv(EnvRequired) != "" {
			t.Fatal(text)
		}
		t.Skip(text)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // containers and root have none; the pages are our own
		chromedp.Flag("use-gl", "angle"),
		chromedp.Flag("use-angle", "swiftshader"),
		chromedp.Flag("enable-unsafe-swiftshader", true),
		chromedp.WSURLReadTimeout(time.Minute))
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Run(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return &Browser{ctx}
}

// A View says how a page is looked at.
type View struct {
	Width, Height int64
	Dark          bool
	Mobile        bool
	ReducedMotion bool
}

// Desktop is a window of 1280×900, Phone one of 390×844.
var (
	Desktop = View{Width: 1280, Height: 900}
	Phone   = View{Width: 390, Height: 844, Mobile: true}
)

// A Page is an open page with all that it complained of and asked for.
type Page struct {
	t   testing.TB
	ctx context.Context

	mu         sync.Mutex
	complaints []string
	requests   []string
}

// Open opens the address in a new tab and waits for it to be loaded.
func (b *Browser) Open(t testing.TB, address string, v View) *Page {
	t.Helper()
	return b.OpenAfter(t, address, v, "")
}

// OpenAfter is Open where a script runs before any of the page's own, to take something away from it.
func (b *Browser) OpenAfter(t testing.TB, address string, v View, script string) *Page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)
	p := &Page{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, p.listen)
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}}
	if v.Dark {
		features[0].Value = "dark"
	}
	if v.ReducedMotion {
		features = append(features, &emulation.MediaFeature{Name: "prefers-reduced-motion", Value: "reduce"})
	}
	p.Do(network.Enable(), log.Enable(), runtime.Enable(), page.Enable(),
		emulation.SetDeviceMetricsOverride(v.Width, v.Height, 1, v.Mobile),
		emulation.SetEmulatedMedia().WithFeatures(features),
		chromedp.ActionFunc(func(ctx context.Context) error {
			_, err := page.AddScriptToEvaluateOnNewDocument(script).Do(ctx)
			return err
		}),
		chromedp.Navigate(address))
	return p
}

func (p *Page) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning || e.Type == runtime.APITypeAssert {
			var words []string
			for _, a := range e.Args {
				words = append(words, string(a.Value)+a.Description)
			}
			p.complaints = append(p.complaints, fmt.Sprintf("console.%s: %s", e.Type, strings.Join(words, " ")))
		}
	case *runtime.EventExceptionThrown:
		p.complaints = append(p.complaints, e.ExceptionDetails.Error())
	case *log.EventEntryAdded: // violations of the content-security policy among them
		if e.Entry.Level == log.LevelError || e.Entry.Level == log.LevelWarning {
			p.complaints = append(p.complaints, fmt.Sprintf("%s: %s", e.Entry.Source, e.Entry.Text))
		}
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	case *page.EventJavascriptDialogOpening:
		p.complaints = append(p.complaints, "dialog: "+e.Message)
		go func() { _ = chromedp.Run(p.ctx, page.HandleJavaScriptDialog(false)) }() // not within the listener, which must return
	}
}

// Do runs actions and fails the test if one fails.
func (p *Page) Do(actions ...chromedp.Action) {
	p.t.Helper()
	if err := chromedp.Run(p.ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// Evaluate runs a JavaScript expression, waits for it if it is a promise, and stores its value, by way of JSON, in out, unless that is nil.
func (p *Page) Evaluate(expression string, out any) {
	p.t.Helper()
	await := func(e *runtime.EvaluateParams) *runtime.EvaluateParams { return e.WithAwaitPromise(true) }
	if err := chromedp.Run(p.ctx, chromedp.Evaluate(expression, out, await)); err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
}

// WaitFor waits until a JavaScript expression is true.
func (p *Page) WaitFor(condition string) {
	p.t.Helper()
	if err := chromedp.Run(p.ctx, chromedp.Poll(condition, nil, chromedp.WithPollingTimeout(patience/3))); err != nil {
		p.t.Fatalf("waiting for %s: %v", condition, err)
	}
}

// Complaints returns the errors and warnings so far: of the console, exceptions, violations of the content-security policy, dialogs.
func (p *Page) Complaints() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.complaints...)
}

// Requests returns the addresses that were asked for so far, without data: and blob:, which ask nobody.
func (p *Page) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var asked []string
	for _, r := range p.requests {
		if !strings.HasPrefix(r, "data:") && !strings.HasPrefix(r, "blob:") {
			asked = append(asked, r)
		}
	}
	return asked
}

// Screenshot returns what the window shows, as PNG.
func (p *Page) Screenshot() []byte {
	p.t.Helper()
	var b []byte
	p.Do(chromedp.CaptureScreenshot(&b))
	return b
}

// A Box is where an element lies in the window.
type Box struct{ Left, Top, Width, Height float64 }

// Lasso draws a line through corners, given as shares of the width and height of the element that the selector finds, with the mouse's
// button and Shift held, and returns where the element lies.
func (p *Page) Lasso(selector string, corners [][2]float64) (b Box) {
	p.t.Helper()
	p.Evaluate(fmt.Sprintf(`(() => { const b = document.querySelector(%q).getBoundingClientRect(); return {left: b.left, top: b.top, width: b.width, height: b.height} })()`, selector), &b)
	mouse := func(kind input.MouseType, x, y float64) {
		p.Do(input.DispatchMouseEvent(kind, b.Left+x*b.Width, b.Top+y*b.Height).WithButton(input.Left).WithButtons(1).WithModifiers(input.ModifierShift).WithClickCount(1))
	}
	mouse(input.MousePressed, corners[0][0], corners[0][1])
	for i, to := range corners[1:] {
		from := corners[i]
		for s := 1; s <= 10; s++ {
			f := float64(s) / 10
			mouse(input.MouseMoved, from[0]+f*(to[0]-from[0]), from[1]+f*(to[1]-from[1]))
		}
	}
	last := corners[len(corners)-1]
	mouse(input.MouseReleased, last[0], last[1])
	return b
}
