package browser_test

import (
	"fmt"
	"slices"
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
	// What each frame of a move draws, where many points would be too slow: one of all of few points, else one of eight, and all at rest.
	for fewest, want := range map[int][]int{4000: {1}, 1: {8, 1}} {
		var drawn []int
		p.Evaluate(fmt.Sprintf(`(async () => {
			const {cloud} = mindgap, {pace} = cloud, seen = [], begin = pace.constructor.prototype.begin;
			Object.assign(cloud, {fewest: %d});
			Object.assign(pace, {every: 8, learn() {}, begin(gl, every) { seen.push(every); begin.call(this, gl, every); }});
			mindgap.setLambda(Math.random());
			await new Promise(done => setTimeout(done, 1000));
			return seen;
		})()`, fewest), &drawn)
		if !slices.Equal(drawn, want) {
			t.Errorf("of at least %d points, frames drew one of each %v, want %v", fewest, drawn, want)
		}
	}
}
