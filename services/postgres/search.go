package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aisle-retail/aisle/services/retail"
)

// What products are searched by is written by the put of a product, with its row, and stands aside of the books: it follows from
// the product alone.
var (
	searchTexts = newTable("aside.search_texts", 1, "product text", "title text", "words text", "version int8")
	searchWords = newTable("aside.search_words", 1, "word text").append()
)

// writeSearch writes what a product is searched by.
func writeSearch(w *writer, p retail.Product) {
	text := retail.SearchTextOf(p)
	w.update(searchTexts).text(p.Code).text(text.Title).text(text.Words).int8(p.Version).end()
	w.vocabulary = append(w.vocabulary, text.Vocabulary...)
}

// writeVocabulary adds the words that are not known to be there, in order: servers that add the same must not wait for each
// other in a circle.
func (w *writer) writeVocabulary(known *knownSKUs) (added []string) {
	if len(w.vocabulary) == 0 {
		return nil
	}
	added = known.unknown(w.vocabulary)
	slices.Sort(added)
	for _, word := range added {
		w.rows(statementName("seed", searchWords), searchWords).text(word).end()
	}
	return added
}

// searchSQL finds what has something of each slot, the best first. A word weighs most where it is one of the title's, less where
// a word of the title begins with it, less where it stands elsewhere. What is in stock is asked last and one after another, so that
// it ends with the page.
func searchSQL(slots int) string {
	var score, where strings.Builder
	for i := range slots {
		begins, whole := 5+2*i, 6+2*i
		fmt.Fprintf(&score, ` + case when d.title like any($%[2]d::text[]) then 8 when d.title like any($%[1]d::text[]) then 4
	when d.words like any($%[2]d::text[]) then 2 else 1 end`, begins, whole)
		fmt.Fprintf(&where, " and d.words like any($%d::text[])", begins)
	}
	return `
with ranked as (
	select * from (
		select d.product, (0` + score.String() + `)::int8 as score from aside.search_texts d where true` + where.String() + `
	) s
	where s.score < $1::int8 or s.score = $1::int8 and s.product > $2::text
	order by s.score desc, s.product offset 0
), page as (
	select * from ranked s
	where $4::text = '' or exists (
		select from variants v join stock_levels l on l.sku = v.sku and l.location = $4::text
		where v.sku = any(array(select j ->> 'sku' from products p, json_array_elements(p.variants::json) j where p.code = s.product))
		and l.available > 0)
	limit $3::int8
)
select s.score, ` + productColumns + ` from page s join products t on t.code = s.product order by s.score desc, s.product`
}

var searches = func() (names [retail.SearchSlotsMax + 1]string) {
	for slots := range names {
		names[slots] = readStatement(fmt.Sprintf("search_%d", slots), searchSQL(slots))
	}
	return names
}()

// SearchProducts returns products that have something of each slot, the best first, after the one of a score and a code. A location
// leaves out what it has none of; empty: none.
func (db *DB) SearchProducts(
	ctx context.Context, slots []retail.SearchSlot, inStockAt string, afterScore int64, afterCode string, limit int,
) ([]retail.FoundProduct, error) {
	params := [][]byte{int8Param(afterScore), []byte(afterCode), int8Param(int64(limit)), []byte(inStockAt)}
	for _, slot := range slots {
		var begins, wholes []string
		for _, word := range slot.Beginnings {
			begins = append(begins, "% "+likeEscape.Replace(word)+"%")
			wholes = append(wholes, "% "+likeEscape.Replace(word)+" %")
		}
		for _, mark := range slot.Marks {
			begins = append(begins, "% "+likeEscape.Replace(mark)+" %")
			wholes = append(wholes, "% "+likeEscape.Replace(mark)+" %")
		}
		params = append(params, textArray(begins), textArray(wholes))
	}
	return all(ctx, db, searches[len(slots)], func(r *record) (retail.FoundProduct, error) {
		score := r.int8()
		product, err := readProduct(r)
		return retail.FoundProduct{Product: product, Score: score}, err
	}, params...)
}

// vocabularyMax is how many words are held in memory to find what somebody meant: at some 40 bytes each, 20 MB.
const vocabularyMax = 500_000

var allSearchWords = readStatement("search_words", `select word from aside.search_words limit $1`)

// SearchVocabulary returns the words that products have, as they were at most a second ago.
func (db *DB) SearchVocabulary(ctx context.Context) ([]string, error) {
	words, _, err := db.caches.vocabulary.get(ctx, "", func(ctx context.Context) ([]string, bool, error) {
		words, err := all(ctx, db, allSearchWords, readText, int8Param(vocabularyMax))
		return words, true, err
	})
	return words, err
}

// AllAttributes returns all attributes, as they were at most a second ago, or as this process last put them.
func (db *DB) AllAttributes(ctx context.Context) ([]retail.Attribute, error) {
	found, _, err := db.caches.attributes.get(ctx, "", func(ctx context.Context) ([]retail.Attribute, bool, error) {
		found, err := all(ctx, db, attributesAfter, readAttribute, []byte(""), int8Param(attributesMax))
		return found, true, err
	})
	return found, err
}

// attributesMax is how many attributes are searched by the names of their choices.
const attributesMax = 1000

var unsearched = readStatement("products_unsearched", `
select `+productColumns+` from products t left join aside.search_texts d on d.product = t.code
where d.version is distinct from t.version and (d.version is null or d.version < t.version) order by t.code limit $1`)

// refreshTextsSQL writes what follows from a product of a version, unless a later one was written meanwhile.
var refreshTextsSQL = searchTexts.insertSQL() + ` on conflict (product) do update
set title = excluded.title, words = excluded.words, version = excluded.version, seal = excluded.seal
where aside.search_texts.version < excluded.version`

// RefreshSearch makes products searchable that a program put which did not yet do so, some at a time, and returns how many.
func (db *DB) RefreshSearch(ctx context.Context, limit int) (int, error) {
	stale, err := all(ctx, db, unsearched, readProduct, int8Param(int64(limit)))
	if err != nil || len(stale) == 0 {
		return 0, err
	}
	w := &writer{statements: map[string]*rows{}}
	for _, product := range stale {
		writeSearch(w, product)
	}
	w.writeVocabulary(&db.caches.searchWords)
	conn, err := db.writers.Acquire(ctx)
	if err != nil {
		return 0, unavailable(ctx, err)
	}
	defer conn.Release()
	p := &pipeline{conn: conn.Conn().PgConn()}
	p.queue("begin", nil, nil)
	p.queue(refreshTexts, w.statements[statementName("update", searchTexts)].params(), nil)
	if words := w.statements[statementName("seed", searchWords)]; words != nil {
		p.queue(statementName("seed", searchWords), words.params(), nil)
	}
	p.queue("commit", nil, nil)
	return len(stale), unavailable(ctx, p.send(context.WithoutCancel(ctx)))
}

// refreshTexts names refreshTextsSQL among the engine's statements: it writes.
const refreshTexts = "refresh_search_texts"
