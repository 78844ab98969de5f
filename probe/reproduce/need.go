package reproduce

// A Need is an input that an item lacks.
type Need struct {
	What string `json:"what"`           // in words
	Flag string `json:"flag,omitempty"` // of mindgap reproduce; empty where no flag of it can help
	Pass string `json:"pass"`           // what to pass, or do instead
}

// The inputs that items may lack.
var (
	needFeatures = Need{What: "the authors' published features", Flag: "--embeddings", Pass: "--embeddings DIR, a folder that holds features_clip.npy and its like"}
	needFull     = Need{What: "untrained towers of full size", Flag: "--full", Pass: "--full"}
	needCOCO     = Need{What: "COCO's 5,000 validation pairs and OpenAI's CLIP", Flag: "--data-root",
		Pass: "--data-root DIR --dataset coco --model hf:openai/clip-vit-base-patch32"}
	needTable1 = Need{What: "the five data sets of Table 1 and OpenAI's CLIP", Flag: "--data-root",
		Pass: "--data-root DIR, with cifar10, cifar100, eurosat, svhn and hateful_memes in it, and --model hf:openai/clip-vit-base-patch16"}
	needFairFace = Need{What: "FairFace and OpenAI's CLIP", Flag: "--data-root", Pass: "--data-root DIR, with fairface in it, and --model hf:openai/clip-vit-base-patch32"}
	needTuning   = Need{What: "CLIP fine-tuned by back-propagation through its towers, which mindgap does not do",
		Pass: "mindgap measure --embeddings FILE, of a model that you fine-tuned"}
	needResNet = Need{What: "a ResNet-18's features, which mindgap cannot compute", Pass: "embed with torchvision and run mindgap cone --embeddings IMAGES.npy,IMAGES.npy"}
)
