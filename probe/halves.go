package probe

// stratifiedHalves deals the images of each class out to two halves by turns, so that both have the same classes however the set is ordered: by
// parity alone, a set whose classes take turns would choose λ on some classes and read it on others. Which half is first takes turns from class to class, by
// first appearance, so that classes of one image are dealt out, too. Images without a label are a class of their own.
func stratifiedHalves(labels []int) []int {
	half := make([]int, len(labels))
	next := map[int]int{}
	for i, label := range labels {
		h, seen := next[label]
		if !seen {
			h = len(next) % 2
		}
		half[i], next[label] = h, 1-h
	}
	return half
}
