package builtin

import (
	"fmt"
	"slices"
)

// Info says what a built-in model is and what can be expected of it.
type Info struct {
	Name       string   // as [Names] has it
	Title      string   // one line
	Trained    bool     // false for an untrained twin
	Seed       uint64   // of torch.manual_seed before the weights were drawn
	Provenance string   // what it was made of and how; sentences
	Limits     []string // what not to conclude from it, a sentence or two each
	Licence    string   // of the weights and of what they were made from
}

// About returns the description of the built-in model called name. For an unknown name the error is a [fault.Error] that lists the names.
func About(name string) (Info, error) {
	for _, family := range families {
		if name == family {
			info := trainedInfo[family]
			info.Name, info.Trained, info.Seed = name, true, trainedSeed
			info.Limits = slices.Clone(info.Limits)
			return info, nil
		}
		for seed := 1; seed <= twins; seed++ {
			if name == twinName(family, seed) {
				return twinInfo(family, name, seed), nil
			}
		}
	}
	return Info{}, unknown("describe built-in model", name)
}

// trainedSeed is SEED in both train.py.
const trainedSeed = 20221128

const architecture = "Image tower: residual network of a stem and three blocks on 32×32 pixels; text tower: causal transformer of two layers, width 64, " +
	"with an int8 token table; embeddings of 64 numbers that leave the graphs not normalised. The towers share nothing but the logit scale. "

const vocabularyLicence = "The tokenizer's merges are those of OpenAI's CLIP (MIT)."

var trainedInfo = map[string]Info{
	"emoji": {
		Title: "TinyCLIP-Emoji: a two-tower CLIP trained from scratch on emoji drawings and their names",
		Provenance: architecture +
			"Trained with PyTorch 2.15 for 3,983 steps of 256 (535 passes) over 8,650 drawings of 1,906 emoji in six styles of four vendors (Twemoji, EmojiOne 2, " +
			"Firefox OS Emoji, Fluent) with captions made from names, keywords, groups and colours. Tested on the drawings of a fifth vendor, " +
			"Noto, none of which it was trained on. The gap is the one that training left.",
		Limits: []string{
			"It is small and knows emoji: 6,023 of 49,408 tokens occur in its captions, and every other token keeps its untrained embedding.",
			"The held-out vendor was watched during training: accuracy on it led to captions that name the group alone and to keeping the " +
				"recalibration of BatchNorm. Accuracies on Noto are therefore slightly optimistic for a vendor never looked at.",
			"The everyday classes hold 74 images only; an accuracy over them has a wide interval.",
			"Simple signs look alike in every vendor's set: three of Noto's drawings are nearly equal to one of Twemoji's that it was trained on, two to one of Fluent's.",
			"The licences of Fluent Emoji, EmojiOne 2 and Firefox OS Emoji were read in the statements of the packages that carry them; none is share-alike.",
			"A new run of the training scripts comes close to these weights, not to the same bits.",
		},
		Licence: "The weights were made for mindgap and carry its licence. Trained on Twemoji (Twitter, Inc. and other contributors, CC-BY 4.0), " +
			"EmojiOne 2 (CC-BY 4.0), Firefox OS Emoji (Mozilla, Apache-2.0) and Fluent Emoji (Microsoft, MIT). " + vocabularyLicence,
	},
	"cifar10": {
		Title: "TinyCLIP-CIFAR10: a two-tower CLIP trained from scratch on CIFAR-10 photographs and made-up captions",
		Provenance: architecture +
			"Trained with PyTorch 2.15 for 8,400 steps of 128 (21.5 passes) over the 50,000 training images of CIFAR-10 with captions made from " +
			"the class, its synonyms and the colours measured in the image. The gap is the one that training left.",
		Limits: []string{
			"It knows ten classes and twelve colours only; words that never occur in its captions keep their untrained embeddings.",
			"Its captions are written by rule from class and colours, none by a person.",
			"1,000 of the 10,000 test images were scored while it trained, so accuracy over the test images may be slightly optimistic; the weights are those of the last step.",
			"It was trained on CIFAR-10 as JPEG files. Decoders that upsample chroma differently give slightly different embeddings.",
			"CIFAR-10 itself is not included; bring your own copy to score it.",
			"A new run of the training scripts comes close to these weights, not to the same bits.",
		},
		Licence: "The weights were made for mindgap and carry its licence. Trained on CIFAR-10 (Krizhevsky, 2009), whose authors state no licence " +
			"and ask that their report be cited; no image of it is included. " + vocabularyLicence,
	},
}

func twinInfo(family, name string, seed int) Info {
	other := families[0]
	if family == other {
		other = families[1]
	}
	return Info{
		Name:  name,
		Title: fmt.Sprintf("Untrained twin of %s: the same architecture with freshly drawn weights, seed %d", family, seed),
		Seed:  uint64(seed),
		Provenance: architecture + fmt.Sprintf("The weights are drawn as PyTorch 2.15 draws them on the CPU after torch.manual_seed(%d), "+
			"bit for bit, with OpenAI CLIP's deviations in the text tower.", seed),
		Limits: []string{
			"It has learned nothing: what it shows is where initialisation alone puts the two modalities. Accuracies are those of chance.",
			fmt.Sprintf("%s is the same model under another name, so the two are one draw, not two.", twinName(other, seed)),
			"Three seeds show a spread, they do not measure it; draw more with random: for an interval.",
		},
		Licence: "The weights are a function of the seed. " + vocabularyLicence,
	}
}
