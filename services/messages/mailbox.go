package messages

import (
	"context"
	htmltemplate "html/template"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aisle-retail/aisle/services/retail"
)

// MailboxPath is where the mailbox is shown.
const MailboxPath = "/dev/mailbox"

// mailboxMax is how many messages the mailbox holds.
const mailboxMax = 200

// mailboxPolicy lets the page load nothing, and show its own letters in frames that can do nothing.
const mailboxPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; base-uri 'none'; " +
	"form-action 'none'; frame-ancestors 'self'"

// Mailbox takes all messages and sends none: for the demo, which shows them on a page to whoever can reach it.
type Mailbox struct {
	mu  sync.Mutex
	got []received // the newest first
}

type received struct {
	Letter
	At time.Time
}

// Send keeps a message. One that it has is not kept twice.
func (b *Mailbox) Send(_ context.Context, l Letter) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !slices.ContainsFunc(b.got, func(r received) bool { return r.ID == l.ID }) {
		b.got = slices.Insert(b.got, 0, received{l, time.Now()})
		b.got = b.got[:min(len(b.got), mailboxMax)]
	}
	return nil
}

var mailboxPage = htmltemplate.Must(htmltemplate.New("mailbox.html").Funcs(htmltemplate.FuncMap{
	"words": func(kind retail.MessageKind) string {
		return strings.ToLower(strings.ReplaceAll(string(kind), "_", " "))
	},
}).ParseFS(files, "templates/mailbox.html"))

// ServeHTTP shows the mailbox, and each e-mail below it as its receiver would see it.
func (b *Mailbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
		return
	}
	b.mu.Lock()
	got := slices.Clone(b.got)
	b.mu.Unlock()
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", mailboxPolicy)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	if id, below := strings.CutPrefix(r.URL.Path, MailboxPath+"/"); below && id != "" {
		at := slices.IndexFunc(got, func(r received) bool { return r.ID.String() == id })
		if at < 0 {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write(got[at].alone())
		return
	}
	_ = mailboxPage.Execute(w, got)
}
