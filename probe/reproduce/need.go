package reproduce

// A Need is an input that an item lacks.
type Need struct {
	What string `json:"what"`           // in words
	Flag string `json:"flag,omitempty"` // of mindgap reproduce; empty where no flag of it can help
	Pass string `json:"pass"`           // what to pass, or do instead
}

// The inputs that items may lack.
var (
	needFeatures = Need{What: "the authors' published features (features_clip.npy and its like, in a folder)", Flag: "--embeddings", Pass: "mindgap reproduce --embeddings DIR"}
	needFull     = Need{What: "untrained towers of full size", Flag: "--full", Pass: "mindgap reproduce --full"}
	needNoise    = Need{What: "untrained towers of full size on as many inputs as the paper's", Flag: "--full", Pass: "mindgap reproduce --full --inputs 5000"}
	needCOCO     = Need{What: "COCO's 5,000 validation pairs and OpenAI's CLIP", Flag: "--data-root",
		Pass: "mindgap reproduce --data-root DIR --dataset coco --caption first --model hf:openai/clip-vit-base-patch32"}
	needUntrained = Need{What: "the authors' untrained CLIP on COCO, which they did not publish", Pass: "mindgap cone --model random:ViT-B-32 --data-root DIR --dataset coco for another draw of it"}
	needTable1    = Need{What: "cifar10, cifar100, eurosat, svhn and hateful_memes, in a folder, and OpenAI's CLIP", Flag: "--data-root",
		Pass: "mindgap reproduce --data-root DIR --model hf:openai/clip-vit-base-patch16"}
	needFairFace  = Need{What: "FairFace, in a folder, and OpenAI's CLIP", Flag: "--data-root", Pass: "mindgap reproduce --data-root DIR --model hf:openai/clip-vit-base-patch32"}
	needTuning    = Need{What: "CLIP fine-tuned by back-propagation through its towers, which mindgap does not do", Pass: "mindgap measure --embeddings FILE of a model that you fine-tuned"}
	needResNet    = Need{What: "a ResNet-18's features, which mindgap does not compute", Pass: "mindgap cone --embeddings IMAGES.npy,IMAGES.npy, embedded with torchvision"}
	needInits     = Need{What: "the authors' 5,000 inputs: a first value has nothing to be compared with on fewer", Pass: "mindgap inits --model random:ViT-B-32 --data-root DIR --dataset coco --limit 5000"}
	needGapOfCOCO = Need{What: "a gap vector fitted on COCO, as the authors have it", Pass: "mindgap bias --data-root DIR --dataset fairface --gap-from COCO_EMBEDDINGS"}
)

// Why is the Why of a row that lacks it.
func (n Need) Why() string { return "needs " + n.What + ": " + n.Pass }
