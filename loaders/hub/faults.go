package hub

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"syscall"

	"mindgap/models/fault"
)

// explain turns an error of the hub into the fault that a user reads. The thing is what was asked for: "hf:org/name@main/config.json".
func (c *Client) explain(ctx context.Context, r Repo, op, thing string, err error) error {
	if ctx.Err() != nil { // not err: a connection that times out says that it is context.DeadlineExceeded, too
		return ctx.Err()
	}
	var have *fault.Error
	if errors.As(err, &have) {
		return err
	}
	f := &fault.Error{Kind: fault.System, Op: op, Thing: thing, Err: err}
	var said *refusal
	if !errors.As(err, &said) {
		switch {
		case errors.Is(err, syscall.ENOSPC):
			f.Next = "make room, or set HF_HUB_CACHE to a folder on another disk; what has come is kept"
		case errors.Is(err, fs.ErrPermission):
			f.Next = "set HF_HUB_CACHE to a folder that mindgap may write to"
		default:
			var disk *os.PathError
			if errors.As(err, &disk) {
				f.Next = "mend the disk, or set HF_HUB_CACHE to another folder"
				break
			}
			f.Next = fmt.Sprintf("check that %s can be reached (HTTPS_PROXY names a proxy, HF_ENDPOINT another server); a repeated run goes on where this one stopped", c.opt.Endpoint)
		}
		return f
	}
	page := c.opt.Endpoint + "/" + r.prefix() + r.ID
	switch said.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		f.Kind = fault.Input
	}
	switch {
	case said.code == "GatedRepo":
		f.Found = "a gated repository; " + c.opt.tokenNote()
		f.Next = "accept its conditions at " + page + " and set HF_TOKEN to a token of that account"
	case said.code == "RevisionNotFound":
		f.Found = fmt.Sprintf("no revision %q", r.Revision)
		f.Next = "choose a branch, tag or commit of " + page
	case said.code == "EntryNotFound":
		f.Found = "no such file"
		f.Next = "look at what " + page + " holds"
	// Of a repository that a visitor may not see, the Hub says the same as of one that is not there.
	case said.code == "RepoNotFound", said.status == http.StatusNotFound:
		f.Found = "no such repository, or a private one; " + c.opt.tokenNote()
		f.Next = "check the spelling; for a private repository set HF_TOKEN to a token that may read it"
	case said.status == http.StatusUnauthorized:
		f.Found = "a refusal; " + c.opt.tokenNote()
		f.Next = "set HF_TOKEN to a valid token, or, for a public repository, unset it and remove " + orTokenFile(c.opt.TokenFrom)
	case said.status == http.StatusForbidden:
		f.Found = "a refusal; " + c.opt.tokenNote()
		f.Next = "set HF_TOKEN to a token that may read " + page
	case said.status == http.StatusTooManyRequests:
		f.Found = "a limit on requests; " + c.opt.tokenNote()
		f.Next = "wait"
		if said.after > 0 {
			f.Next += fmt.Sprintf(" %v", said.after)
		}
		f.Next += " and run again: what has come is kept; with a token (HF_TOKEN) the limit is higher"
	default:
		f.Next = "try again later: what has come is kept"
	}
	return f
}

func orTokenFile(from string) string {
	if from == "" {
		return "the saved token"
	}
	return from
}

// notCached is the fault when the network is switched off and something is not in the cache.
func (c *Client) notCached(r Repo, thing, where string) error {
	return &fault.Error{Kind: fault.System, Op: "open", Thing: thing, Found: "nothing at " + where, Wanted: "a copy in the cache, because HF_HUB_OFFLINE is set",
		Next: "unset HF_HUB_OFFLINE for one run, or fetch it on a machine with network: hf download " + r.ID + " --revision " + r.Revision}
}

// wrongContent is the fault when what came is not what the listing names.
func wrongContent(thing, found, wanted string) error {
	return &fault.Error{Kind: fault.System, Op: "fetch", Thing: thing, Found: found, Wanted: wanted,
		Next: "run again; if it stays so, a proxy or the server named by HF_ENDPOINT alters the file"}
}
