package ort

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"mime"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// errNoIndex says that the user's settings name no package index. mindgap knows none by itself: where pip is absent and nothing is set,
// there is no telling which index the user may and wants to use.
var errNoIndex = errors.New("no index is named by PIP_INDEX_URL or pip's configuration")

// maxIndexPage bounds an index's page of one project.
const maxIndexPage = 32 << 20

// indexAccept asks for the JSON form of PEP 691 and takes the HTML form of PEP 503 too.
const indexAccept = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"

// indexPlaces are for machines without pip: the wheel straight from the indexes that pip would ask.
func (f *finder) indexPlaces(p pin) []place {
	addresses := indexAddresses(f.goos)
	if len(addresses) == 0 {
		return []place{{SourceIndex, "", p, func(context.Context, string) (string, error) { return "", errNoIndex }}}
	}
	var places []place
	for _, address := range addresses {
		base, err := url.Parse(address)
		if err == nil && base.Scheme != "https" && base.Scheme != "http" {
			err = fmt.Errorf("an index is reached by http or https, not by %q", base.Scheme)
		}
		where := "with an address that cannot be read"
		if err == nil {
			where = base.Redacted()
		}
		places = append(places, place{SourceIndex, where, p, func(ctx context.Context, dir string) (string, error) {
			if err != nil {
				return "", plain(err)
			}
			return f.fromIndex(ctx, base, dir, p)
		}})
	}
	return places
}

// fromIndex downloads the pinned wheel by the link that the index gives for it.
func (f *finder) fromIndex(ctx context.Context, base *url.URL, dir string, p pin) (string, error) {
	page := *base
	page.Path = strings.TrimSuffix(page.Path, "/") + "/" + f.pins.Project + "/"
	page.RawPath = ""
	response, err := f.open(ctx, page.String(), indexAccept)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxIndexPage))
	if err != nil {
		return "", err
	}
	// Relative links count from where redirects have led, which may have dropped the credentials of the address.
	from := *response.Request.URL
	if from.User == nil && from.Host == base.Host {
		from.User = base.User
	}
	links := linksOfHTML
	if media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); strings.HasSuffix(media, "json") {
		links = linksOfJSON
	}
	found, err := links(text, &from)
	if err != nil {
		return "", err
	}
	for _, l := range found {
		if l.name != p.File {
			continue
		}
		if l.sha256 != "" && !strings.EqualFold(l.sha256, p.SHA256) {
			return "", fmt.Errorf("the index offers %s with SHA-256 %s, wanted %s", p.File, l.sha256, p.SHA256)
		}
		if l.url.Scheme != "http" && l.url.Scheme != "https" {
			return "", fmt.Errorf("the index links %s by %q", p.File, l.url.Scheme)
		}
		if l.url.User == nil && l.url.Host == base.Host && l.url.Scheme == base.Scheme {
			l.url.User = base.User
		}
		file := filepath.Join(dir, p.File)
		return file, f.download(ctx, l.url.String(), file, p)
	}
	return "", fmt.Errorf("the index has %d files of %s, but no %s", len(found), f.pins.Project, p.File)
}

// A link is one file that an index offers.
type link struct {
	name   string
	url    *url.URL
	sha256 string // empty if the index does not say
}

var (
	anchorPattern = regexp.MustCompile(`(?is)<a\s(?:[^>"']|"[^"]*"|'[^']*')*?\bhref\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)`)
	basePattern   = regexp.MustCompile(`(?is)<base\s(?:[^>"']|"[^"]*"|'[^']*')*?\bhref\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)`)
)

// linksOfHTML reads the page of PEP 503: anchors whose address ends in the file's name, with its hash as fragment.
func linksOfHTML(page []byte, from *url.URL) ([]link, error) {
	unquote := func(raw []byte) string { return html.UnescapeString(strings.Trim(string(raw), `"'`)) }
	if m := basePattern.FindSubmatch(page); m != nil {
		if u, err := from.Parse(unquote(m[1])); err == nil {
			from = u
		}
	}
	var links []link
	for _, m := range anchorPattern.FindAllSubmatch(page, -1) {
		u, err := from.Parse(unquote(m[1]))
		if err != nil {
			continue // one unreadable link does not spoil the others
		}
		sum, _ := strings.CutPrefix(u.Fragment, "sha256=")
		if sum == u.Fragment {
			sum = ""
		}
		u.Fragment, u.RawFragment = "", ""
		links = append(links, link{path.Base(u.Path), u, sum})
	}
	return links, nil
}

// linksOfJSON reads the answer of PEP 691.
func linksOfJSON(page []byte, from *url.URL) ([]link, error) {
	var project struct {
		Files []struct {
			Filename string            `json:"filename"`
			URL      string            `json:"url"`
			Hashes   map[string]string `json:"hashes"`
		} `json:"files"`
	}
	if err := json.Unmarshal(page, &project); err != nil {
		return nil, fmt.Errorf("the index's answer cannot be read: %w", err)
	}
	var links []link
	for _, f := range project.Files {
		u, err := from.Parse(f.URL)
		if err != nil {
			continue
		}
		u.Fragment, u.RawFragment = "", ""
		links = append(links, link{f.Filename, u, f.Hashes["sha256"]})
	}
	return links, nil
}

// indexAddresses returns the indexes of the user's pip settings, as pip ranks them: environment, then the file that PIP_CONFIG_FILE names,
// the user's, the virtual environment's, the machine's.
func indexAddresses(goos string) []string {
	settings := map[string]string{
		"index-url":       os.Getenv("PIP_INDEX_URL"),
		"extra-index-url": os.Getenv("PIP_EXTRA_INDEX_URL"),
	}
	for _, file := range pipConfigFiles(goos) {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		found := pipSettings(string(text))
		for key, value := range settings {
			if value == "" {
				settings[key] = found[key]
			}
		}
	}
	return append(strings.Fields(settings["index-url"]), strings.Fields(settings["extra-index-url"])...)
}

// pipConfigFiles returns where pip keeps its settings, the most important first.
func pipConfigFiles(goos string) []string {
	named := os.Getenv("PIP_CONFIG_FILE")
	if named == os.DevNull {
		return nil // pip's way to say: no files at all
	}
	name := "pip.conf"
	if goos == "windows" {
		name = "pip.ini"
	}
	var files []string
	if named != "" {
		files = append(files, named)
	}
	if dir, err := os.UserConfigDir(); err == nil {
		files = append(files, filepath.Join(dir, "pip", name))
	}
	if home, err := os.UserHomeDir(); err == nil {
		files = append(files, filepath.Join(home, ".config", "pip", name), filepath.Join(home, ".pip", name), filepath.Join(home, "pip", name))
	}
	if venv := os.Getenv("VIRTUAL_ENV"); venv != "" {
		files = append(files, filepath.Join(venv, name))
	}
	switch goos {
	case "windows":
		files = append(files, filepath.Join(os.Getenv("PROGRAMDATA"), "pip", name))
	case "darwin":
		files = append(files, "/Library/Application Support/pip/pip.conf")
	}
	return append(files, "/etc/pip.conf", "/etc/xdg/pip/pip.conf")
}

// pipSettings reads the index settings of a pip configuration file: "key = value" lines under [global], overridden under [download], with
// indented lines that continue a value.
func pipSettings(text string) map[string]string {
	sections := map[string]map[string]string{"global": {}, "download": {}}
	section, key := "", ""
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';':
		case trimmed[0] == '[':
			section, key = strings.Trim(trimmed, "[] "), ""
		case (line[0] == ' ' || line[0] == '\t') && key != "":
			if values := sections[section]; values != nil {
				values[key] += " " + trimmed
			}
		default:
			at := strings.IndexAny(trimmed, "=:")
			if at < 0 {
				continue
			}
			key = strings.ReplaceAll(strings.TrimSpace(trimmed[:at]), "_", "-")
			if values := sections[section]; values != nil {
				values[key] = strings.TrimSpace(trimmed[at+1:])
			}
		}
	}
	settings := sections["global"]
	for key, value := range sections["download"] {
		settings[key] = value
	}
	return settings
}
