package report

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// shared is a figure whose panels share one title for each axis, which would not fit beside every panel.
type shared struct {
	figure
	below, beside string
}

// Draw implements Drawing.
func (s shared) Draw(c draw.Canvas) {
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	s.figure.Draw(draw.Crop(c, 20, 0, 18, 0))
	sty := draw.TextStyle{Color: inkColor, Font: sans(labelSize), XAlign: draw.XCenter, YAlign: draw.YBottom, Handler: plot.DefaultTextHandler}
	c.FillText(sty, vg.Point{X: c.Center().X, Y: c.Min.Y + 10}, s.below)
	sty.Rotation = math.Pi / 2
	c.FillText(sty, vg.Point{X: c.Min.X + 22, Y: c.Center().Y}, s.beside)
}
