package browser_test

import (
	"testing"

	"mindgap/probe/report/browser"
)

// Slow frames thin out what moves, fast ones bring it back, one alone changes nothing, and what rests is drawn whole.
func TestKeepsPace(t *testing.T) {
	_, p := openExplorer(t, browser.Start(t), browser.Desktop)
	var every []int
	p.Evaluate(`(() => {
		const pace = new mindgap.cloud.pace.constructor(), seen = [];
		const frames = (n, took) => { for (let i = 0; i < n; i++) pace.learn(took); seen.push(pace.every); };
		frames(1, 100); frames(1, 16); frames(2, 100); frames(2, 100); frames(29, 16); frames(1, 16); frames(30, 16); frames(60, 16); frames(40, 100);
		return seen;
	})()`, &every)
	for i, want := range []int{1, 1, 2, 4, 4, 2, 1, 1, 16} {
		if every[i] != want {
			t.Fatalf("of so many points one is drawn: %v, want %d at step %d", every, want, i)
		}
	}
	var drawn int
	p.Evaluate(`(async () => {
		mindgap.cloud.pace.every = 8;
		mindgap.cloud.pace.learn = () => {};
		mindgap.setLambda(0.5);
		await new Promise(done => setTimeout(done, 1000));
		return mindgap.cloud.pace.drawn;
	})()`, &drawn)
	if drawn != 1 {
		t.Errorf("at rest one of %d points is drawn", drawn)
	}
}
