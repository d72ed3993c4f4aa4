"""Makes the two built-in fonts from Inter: see README.md."""
import sys
from fontTools import subset
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._k_e_r_n import KernTable_format_0

RANGES = [(0x20, 0x7E), (0xA0, 0x17F), (0x18F, 0x18F), (0x192, 0x192), (0x1A0, 0x1B0), (0x1CD, 0x1DC), (0x1E6, 0x1F9), (0x218, 0x21B),
          (0x237, 0x237), (0x259, 0x259), (0x2B0, 0x2DD), (0x300, 0x30C), (0x323, 0x32E), (0x370, 0x3FF), (0x400, 0x45F), (0x490, 0x4F9),
          (0x1E00, 0x1EFF), (0x2000, 0x206F), (0x2070, 0x208E), (0x20A0, 0x20BF), (0x2100, 0x214F), (0x2190, 0x21FF),
          (0x2200, 0x22FF), (0x2300, 0x2328), (0x25A0, 0x25FF), (0x2605, 0x2606), (0x2713, 0x2717), (0xFFFD, 0xFFFD)]
KERNED = set(range(0x21, 0x7F)) | set(range(0xC0, 0x100)) | {0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2026} \
    | set(range(0x391, 0x3CA)) | set(range(0x410, 0x450))


def pairs(font, wanted):
    """Pair kerning of the GPOS table, as {(left, right): units}; the first subtable that covers a pair counts."""
    found, gpos = {}, font['GPOS'].table
    lookups = {i for r in gpos.FeatureList.FeatureRecord if r.FeatureTag == 'kern' for i in r.Feature.LookupListIndex}
    for index in sorted(lookups):
        settled = set()
        for table in gpos.LookupList.Lookup[index].SubTable:
            table = getattr(table, 'ExtSubTable', table)
            if table.LookupType != 2:
                continue
            covered = [g for g in table.Coverage.glyphs if g in wanted]
            if table.Format == 1:
                by_glyph = dict(zip(table.Coverage.glyphs, table.PairSet))
                for left in covered:
                    for record in by_glyph[left].PairValueRecord:
                        pair = (left, record.SecondGlyph)
                        if record.SecondGlyph in wanted and pair not in settled:
                            settled.add(pair)
                            found[pair] = found.get(pair, 0) + (getattr(record.Value1, 'XAdvance', 0) or 0)
            else:
                for left in covered:
                    row = table.Class1Record[table.ClassDef1.classDefs.get(left, 0)].Class2Record
                    for right in wanted:
                        pair = (left, right)
                        if pair in settled:
                            continue
                        value = row[table.ClassDef2.classDefs.get(right, 0)].Value1
                        settled.add(pair)
                        found[pair] = found.get(pair, 0) + (getattr(value, 'XAdvance', 0) or 0)
    return {pair: value for pair, value in found.items() if abs(value) >= 32}


def tabular(font):
    """Replacements of the feature tnum: figures of one width."""
    found, gsub = {}, font['GSUB'].table
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag == 'tnum':
            for index in record.Feature.LookupListIndex:
                for table in gsub.LookupList.Lookup[index].SubTable:
                    found.update(getattr(table, 'ExtSubTable', table).mapping)
    return found


source, target, family, style = sys.argv[1:5]
font = TTFont(source)
cmap = font.getBestCmap()
if style == 'Regular':
    figures = tabular(font)
    for table in font['cmap'].tables:
        for code in range(0x30, 0x3A):
            if code in table.cmap:
                table.cmap[code] = figures.get(table.cmap[code], table.cmap[code])
cmap = font.getBestCmap()
kerning = pairs(font, {cmap[c] for c in KERNED if c in cmap})
options = subset.Options(layout_features=[], hinting=False, desubroutinize=False, name_IDs=[0, 1, 2, 3, 4, 5, 6, 7, 13, 14],
                         notdef_outline=True, drop_tables=['GPOS', 'GSUB', 'GDEF', 'DSIG', 'STAT', 'meta'], glyph_names=False)
subsetter = subset.Subsetter(options)
subsetter.populate(unicodes=[c for a, b in RANGES for c in range(a, b + 1)])
subsetter.subset(font)
order = set(font.getGlyphOrder())
half = KernTable_format_0(apple=False)
half.coverage, half.kernTable = 1, {p: v for p, v in kerning.items() if p[0] in order and p[1] in order}
kern = newTable('kern')
kern.version, kern.kernTables = 0, [half]
font['kern'] = kern
full = f'{family} {style}'
for name in font['name'].names:
    new = {1: family, 2: style, 3: full, 4: full, 6: full.replace(' ', '')}.get(name.nameID)
    if new:
        name.string = new
if 'CFF ' in font:
    cff = font['CFF '].cff
    cff.fontNames = [full.replace(' ', '')]
    top = cff.topDictIndex[0]
    top.FullName, top.FamilyName = full, family
font.save(target)
print(target, len(order), 'glyphs', len(half.kernTable), 'pairs')
