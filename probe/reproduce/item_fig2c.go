package reproduce

import (
	"context"
	"strings"
)

// fig2c sets initialisations of one network beside each other.
var fig2c = item{id: "fig-2c", run: func(context.Context, *env) (*outcome, error) { return &outcome{}, nil }, need: func(row string) Need {
	if strings.Contains(row, "resnet") {
		return needResNet
	}
	return needFull
}}
