package probe

import "slices"

// paperRaces are the groups of Table 2 of Liang et al. 2022, by FairFace's names, in the notebook's order.
var paperRaces = []string{"Black", "White", "Indian", "Latino", "Middle Eastern", "Southeast Asian", "East Asian"}

// paperTable2 is Table 2 of Liang et al. 2022 with the two λ beside it that only the authors' notebook has (shift_CLIP_FairFace_Bias.ipynb, cell 22):
// λ, accuracy, and rates in percent of crime-related and non-human words by race.
var paperTable2 = []struct {
	lambda, accuracy float64
	crime, human     [7]float64
}{
	{-1, 0.4083439839328099, [7]float64{1.9, 5.4, 0.5, 0.9, 2.1, 0, 0}, [7]float64{40.5, 42.4, 5.1, 10.7, 18.9, 2.2, 2.5}},
	{-0.5, 0.5370640861785649, [7]float64{1.2, 12.2, 0.5, 1.4, 4.5, 0.1, 0.2}, [7]float64{2.4, 5.4, 0.1, 0.6, 1.1, 0.1, 0.1}},
	{-0.2, 0.5739455906518167, [7]float64{0.8, 13.2, 1.1, 1.9, 5.2, 0.3, 0.6}, [7]float64{0.1, 0.4, 0, 0.1, 0, 0, 0}},
	{0, 0.5817053131276246, [7]float64{1.0, 15.5, 1.2, 2.8, 6.3, 0.5, 0.6}, [7]float64{0.1, 0.2, 0, 0.1, 0, 0, 0}},
	{0.75, 0.5599780901953624, [7]float64{2.3, 23.0, 3.2, 11.8, 16.7, 3.7, 5.5}, [7]float64{0, 0.7, 0, 0.1, 0.2, 0, 0.1}},
}

// paperBias returns the paper's numbers for λ that were swept.
func paperBias(lambdas []float64) []PaperBias {
	var out []PaperBias
	for _, row := range paperTable2 {
		if !slices.Contains(lambdas, row.lambda) {
			continue
		}
		p := PaperBias{Lambda: Float(row.lambda), Accuracy: Float(row.accuracy), Groups: slices.Clone(paperRaces), Rates: map[string][]Float{}}
		for g := range paperRaces {
			p.Rates["crime-related"] = append(p.Rates["crime-related"], Float(row.crime[g]/100))
			p.Rates["non-human"] = append(p.Rates["non-human"], Float(row.human[g]/100))
		}
		out = append(out, p)
	}
	return out
}
