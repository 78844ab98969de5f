package explore

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"mindgap/models/fault"
)

// maxSelection bounds the body of a selection: room for the indices of 200,000 points, and more.
const maxSelection = 4 << 20

// A selection is what a page asks about.
type selection struct {
	Images []int   `json:"images"`
	Texts  []int   `json:"texts"`
	Lambda float64 `json:"lambda"`
}

// serveSelect computes what a selection comes to. One is computed at a time; whoever asks meanwhile waits, or goes.
func (x *Explorer) serveSelect(w http.ResponseWriter, r *http.Request) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		refuse(w, http.StatusUnsupportedMediaType, "a selection is sent as application/json")
		return
	}
	s, err := readSelection(http.MaxBytesReader(w, r.Body, maxSelection))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		refuse(w, http.StatusRequestEntityTooLarge, "the selection is too large")
		return
	case err != nil:
		refuse(w, http.StatusBadRequest, "the selection is not of the form {\"images\": […], \"texts\": […], \"lambda\": 0}")
		return
	}
	select {
	case x.busy <- struct{}{}:
		defer func() { <-x.busy }()
	case <-r.Context().Done():
		return
	}
	result, err := x.data.Select(r.Context(), s.Images, s.Texts, s.Lambda)
	if r.Context().Err() != nil {
		return
	}
	if kind, known := fault.KindOf(err); known && kind == fault.Usage {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	b, err := json.Marshal(result)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	answer(w, http.StatusOK, b)
}

// readSelection reads one selection and nothing else.
func readSelection(body io.Reader) (s selection, err error) {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, err
	}
	if _, err := d.Token(); err != io.EOF {
		if err == nil {
			err = errors.New("more than one value")
		}
		return s, err
	}
	return s, nil
}
