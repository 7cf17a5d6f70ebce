package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// room is a folder of ours and what its code may import of ours. Tests may import more: they are not shipped.
type room struct {
	// may are the rooms that it may import; anything: all that do not say byOnly.
	may string
	// byOnly are the rooms that may import this one, beside tests; empty: those whose own rule allows it.
	byOnly string
	// why is said to whoever breaks the rule.
	why string
}

const (
	service    = "services/ledger services/retail services/page services/trade gen"
	whyService = "A service imports only ledger, retail, page, trade and gen, never another service and never postgres: what it reads it " +
		"declares as an interface, so that it runs in a process of its own and is tested without a database"
	whyTests = "It may import anything, so that whoever imports it brings everything along"
)

// rooms are all folders that hold code of ours.
var rooms = map[string]room{
	"gen":        {why: "It is generated from proto and depends on nothing that is written here"},
	"migrations": {why: "Migrations are SQL: what reads the schema depends on them, not the reverse"},

	"services/sabotage": {why: "It breaks the program for a test, and knows nothing of what it breaks"},

	"services/retail": {
		may: "services/sabotage",
		why: "The rules are pure and depend on nothing of ours that does anything, so that one reads and tests them alone",
	},
	"services/ledger": {may: "services/retail services/sabotage", why: "The engine carries out rules and knows nothing of SQL, protocols and services"},
	"services/postgres": {
		may: "services/ledger services/retail services/sabotage migrations",
		why: "The database stores what the engine and the rules define, and knows nobody above them",
	},
	"services/horizon": {
		may: "services/sabotage", why: "How far the log may be read is one question for every service that follows it, and knows none of them",
	},
	"services/page": {may: "services/retail", why: "Pages are cut alike for every service, and know none of them"},
	"services/trade": {
		may: "services/ledger services/retail services/page gen",
		why: "Baskets and tenders are read, and orders and invoices told, alike for every service that trades; trade knows none of them",
	},
	"services/carts":         {may: service, why: whyService},
	"services/catalog":       {may: service, why: whyService},
	"services/locations":     {may: service, why: whyService},
	"services/stock":         {may: service + " services/horizon", why: whyService + ". Watchers of stock follow the log up to the horizon"},
	"services/deliveries":    {may: service, why: whyService},
	"services/counts":        {may: service, why: whyService},
	"services/demand":        {may: service, why: whyService},
	"services/reports":       {may: service, why: whyService},
	"services/promotions":    {may: service, why: whyService},
	"services/replenishment": {may: service, why: whyService},
	"services/orders":        {may: service, why: whyService},
	"services/fulfilments": {
		may: service + " services/asking services/carrier", why: whyService + ". Shipments ask who carries them for labels, through the port",
	},
	"services/asking": {why: "How those outside are asked until they answer is the same for all of them, and knows none"},
	"services/carrier": {
		may: "services/retail", why: "The port to those who carry parcels knows their names for things and ours, and no service",
	},
	"services/returns": {may: service + " services/receipts", why: whyService + ". Returns read what stands on documents"},
	"services/invoices": {
		may: service + " services/documents services/receipts", why: whyService + ". Invoices may render documents, with what stands on them",
	},
	"services/receipts": {
		may: "services/retail", why: "The token of a receipt is read by terminals without us: it knows what was sold, and no service",
	},
	"services/customers": {may: service, why: whyService},
	"services/payments": {
		may: service + " services/asking services/provider", why: whyService + ". Payments ask who takes them outside, through the port",
	},
	"services/provider": {
		may: "services/retail", why: "The port to those who take payments outside knows their names for things and ours, and no service",
	},
	"services/tills": {may: service + " services/receipts", why: whyService + ". Terminals are told what they verify receipts by"},
	"services/messages": {
		may: service + " services/horizon services/locale",
		why: whyService + ". Messages follow the log up to the horizon, and are the one room that knows the library of jobs",
	},
	"services/events": {may: service + " services/horizon", why: whyService + ". Events follow the log up to the horizon"},
	"services/documents": {
		may: "services/retail services/locale", why: "A document shows what was decided: it asks nobody, so that the same invoice gives the same bytes for good",
	},
	"services/locale": {why: "How numbers and times are written is the same for all that people read, and knows nothing of what that is"},
	"services/rpc":    {may: service, why: "The interceptors serve every service alike, and know none of them"},
	"services/gateway": {
		may: "gen", why: "The gateway speaks to the services over a connection, so that it runs on another machine; it knows the contract only",
	},
	"services/imports": {may: "gen", why: "Imports come in through the contract, as anybody's calls do: there is no second write path"},
	"services/demo":    {may: "services/imports gen", why: "The demo is loaded through the contract, as any shop's data is"},
	"services/embedded": {
		why: "It starts a Postgres and knows nothing of what is stored there: the bench and the tests start one without us",
	},

	"services/app": {
		may: "anything", byOnly: "services/cmd services/sim services/bench", why: "Only app knows everybody, and whoever imports it does too",
	},
	"services/cmd": {
		may: "services/app services/bench services/imports services/demo",
		why: "A command reads its arguments and calls app, which alone knows how the program is put together",
	},

	"services/pgtest": {may: "anything", byOnly: "services/cmd services/sim services/bench", why: whyTests},
	"services/sim":    {may: "anything", byOnly: "services/cmd services/bench", why: whyTests},
	"services/bench":  {may: "anything", byOnly: "services/cmd", why: whyTests},
	"services/house":  {},
}

// ownTests are rooms whose tests keep to the rule too.
var ownTests = map[string]string{
	"services/retail": "The rules are proved alone",
	"services/ledger": "The engine is proved against a store in memory, where every fault can be made to happen",
}

// retailImports is all of the standard library that the rules use. It has no clock, no context, no files and no network.
var retailImports = strings.Fields("cmp crypto/sha256 encoding/hex errors fmt iter maps math/bits slices strings time unicode")

// postgresImports are the modules that the database stands on.
var postgresImports = strings.Fields("github.com/jackc/pgx/v5 github.com/golang-migrate/migrate/v4 golang.org/x/sync")

// roomOf returns the folder that a file or a package of ours belongs to: gen, migrations, or services/<room>.
func roomOf(name string) string {
	parts := strings.Split(name, "/")
	if parts[0] == "services" && len(parts) > 1 {
		return path.Join(parts[:2]...)
	}
	return parts[0]
}

// breach says which rule an import breaks, or nothing.
func breach(file, imported string) string {
	from, isTest := roomOf(file), strings.HasSuffix(file, "_test.go")
	here := rooms[from]
	name, ours := strings.CutPrefix(imported, module+"/")
	if !ours {
		return foreign(from, isTest, imported)
	}
	to := roomOf(name)
	there, known := rooms[to]
	switch {
	case from == to:
		return ""
	case !known:
		return fmt.Sprintf("%s imports %s. A new room needs a reason: add it to the table in services/house/imports_test.go", file, to)
	case isTest && ownTests[from] == "":
		return ""
	case there.byOnly != "" && !slices.Contains(strings.Fields(there.byOnly), from):
		return fmt.Sprintf("%s imports %s, which only tests and %s may import. %s", file, to, there.byOnly, there.why)
	case slices.Contains(strings.Fields(here.may), to) || here.may == "anything":
		return ""
	}
	why := here.why
	if isTest {
		why = ownTests[from]
	}
	return fmt.Sprintf("%s imports %s. %s may import of ours: %s. %s", file, to, from, or(here.may, "nothing"), why)
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// foreign says which rule the import of something that is not ours breaks.
func foreign(from string, isTest bool, imported string) string {
	isModule := strings.Contains(strings.Split(imported, "/")[0], ".")
	switch {
	case isTest:
	case from == "services/retail" && !slices.Contains(retailImports, imported):
		return fmt.Sprintf("services/retail imports %s. The rules may import %s: they are pure, so no I/O, clock, context, SQL or protocol",
			imported, strings.Join(retailImports, ", "))
	case from == "services/postgres" && isModule &&
		!slices.ContainsFunc(postgresImports, func(m string) bool { return imported == m || strings.HasPrefix(imported, m+"/") }):
		return fmt.Sprintf("services/postgres imports %s. The database stands on %s and the standard library, and on no layer between", imported,
			strings.Join(postgresImports, ", "))
	}
	return ""
}

func TestImports(t *testing.T) {
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, s := range all {
		if _, known := rooms[roomOf(s.path)]; !known {
			t.Errorf("%s: a new room needs a reason: add it to the table in services/house/imports_test.go", s.path)
			continue
		}
		for _, spec := range s.syntax.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if sentence := breach(s.path, imported); sentence != "" {
				t.Error(sentence)
			}
			if roomOf(s.path) == "services/retail" && !s.isTest() && !strings.HasPrefix(imported, module) {
				used[imported] = true
			}
		}
	}
	if got := slices.Sorted(maps.Keys(used)); !slices.Equal(got, retailImports) {
		t.Errorf("the rules import %v: make the list in services/house/imports_test.go, %v, say the same", got, retailImports)
	}
}

// TestBreach proves that the rules can fail.
func TestBreach(t *testing.T) {
	for _, wrong := range [][3]string{
		{"services/stock/server.go", "services/postgres", "never postgres"},
		{"services/stock/server.go", "services/orders", "never another service"},
		{"services/orders/server.go", "services/documents", "never another service"},
		{"services/trade/terms.go", "services/orders", "knows none of them"},
		{"services/horizon/horizon.go", "services/events", "knows none of them"},
		{"services/orders/server.go", "services/horizon", "never another service"},
		{"services/trade/terms.go", "services/postgres", "knows none of them"},
		{"services/retail/hold.go", "services/ledger", "pure"},
		{"services/retail/hold_test.go", "services/ledger", "proved alone"},
		{"services/ledger/engine.go", "services/postgres", "knows nothing of SQL"},
		{"services/ledger/engine_test.go", "services/postgres", "store in memory"},
		{"services/postgres/store.go", "services/app", "only tests and services/cmd services/sim services/bench"},
		{"services/postgres/store.go", "gen/go/aisle/stock/v1", "knows nobody above"},
		{"services/gateway/gateway.go", "services/retail", "over a connection"},
		{"services/embedded/server.go", "services/postgres", "knows nothing of what is stored"},
		{"services/imports/run.go", "services/ledger", "no second write path"},
		{"services/documents/pdf.go", "services/ledger", "the same bytes"},
		{"services/app/server.go", "services/pgtest", "only tests and services/cmd"},
		{"services/app/server.go", "services/bench", "only tests and services/cmd"},
		{"services/cmd/aisle/main.go", "services/postgres", "calls app"},
		{"services/stock/server.go", "services/util", "a reason"},
		{"migrations/migrations.go", "services/retail", "SQL"},
	} {
		if got := breach(wrong[0], module+"/"+wrong[1]); !strings.Contains(got, wrong[2]) {
			t.Errorf("%s may import %s: %q", wrong[0], wrong[1], got)
		}
	}
	for _, wrong := range [][2]string{
		{"services/retail/hold.go", "context"}, {"services/retail/hold.go", "os"}, {"services/retail/hold.go", "net/http"},
		{"services/retail/hold.go", "github.com/google/uuid"}, {"services/postgres/store.go", "gorm.io/gorm"},
	} {
		if breach(wrong[0], wrong[1]) == "" {
			t.Errorf("%s may import %s", wrong[0], wrong[1])
		}
	}
	for _, right := range [][2]string{
		{"services/stock/server.go", module + "/services/ledger"}, {"services/stock/server_test.go", module + "/services/pgtest"},
		{"services/invoices/server.go", module + "/services/documents"}, {"services/returns/server.go", module + "/services/trade"},
		{"services/app/server.go", module + "/services/orders"}, {"services/cmd/aisle/bench.go", module + "/services/bench"},
		{"services/bench/shop.go", module + "/services/app"}, {"services/postgres/store.go", "github.com/jackc/pgx/v5/pgxpool"},
		{"services/postgres/store.go", "math/bits"}, {"services/retail/hold_test.go", "pgregory.net/rapid"},
	} {
		if got := breach(right[0], right[1]); got != "" {
			t.Error(got)
		}
	}
}

// impure is what the rules may not say although they may import the package: "time" is there for its types.
var impure = strings.Fields("time.Now time.Since time.Until time.After time.Sleep time.Tick time.NewTimer time.NewTicker time.AfterFunc " +
	"time.Local time.LoadLocation fmt.Print fmt.Printf fmt.Println")

func TestTheRulesArePure(t *testing.T) {
	for _, s := range written(t) {
		if roomOf(s.path) != "services/retail" || s.isTest() {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				if slices.Contains([]string{"float64", "float32", "complex128", "complex64"}, n.Name) {
					t.Errorf("%s says %s: amounts and quantities are whole numbers, and a float loses cents", s.path, n.Name)
				}
			case *ast.BasicLit:
				if n.Kind == token.FLOAT {
					t.Errorf("%s says %s: amounts and quantities are whole numbers, and a float loses cents", s.path, n.Value)
				}
			case *ast.SelectorExpr:
				if pkg, ok := n.X.(*ast.Ident); ok && slices.Contains(impure, pkg.Name+"."+n.Sel.Name) {
					t.Errorf("%s says %s.%s: a rule is told the time and answers, and does nothing else", s.path, pkg.Name, n.Sel.Name)
				}
			case *ast.GoStmt, *ast.ChanType, *ast.SelectStmt:
				t.Errorf("%s: concurrency lives in the engine and nowhere else", s.path)
			}
			return true
		})
	}
}
