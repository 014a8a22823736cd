// Queries of both forms, some that fit a test subject, and a few that must be refused.

/** What is asked about. Subjects that are answered twice, late or never are left out: one final answer is the promise. */
const SUBJECTS = [
  { name: 'QUIXTLANO, ZEFERINDA', dob: '19851117', sex: 'F', pob: 'GT' },
  { name: 'VANDERHOEKSTRA, MILOU', dob: '19620305', sex: 'F', pob: 'NT' },
  { name: 'MUESTRA, COINCIDE PRUEBA', dob: '19850214', sex: 'M', pob: 'MM' },
  { name: 'MUESTRA, NADIE', dob: '19700101', sex: 'U', pob: 'MM' },
]

const text = ({ ori, control, subject, purpose }) =>
  `IAQ.${ori}.AX.*${control}.TXT\r\nPUR/${purpose}.ATN/SGT TESTER.PHN/8025550142.\r\n` +
  `NAM/${subject.name}.DOB/${subject.dob}.SEX/${subject.sex}.POB/${subject.pob}.CUS/Y.OFF/0399.`

const xml = ({ ori, control, subject, purpose }) =>
  `<n2:NLETS xmlns:n2="http://www.nlets.org/niem/1.0" xmlns:nh2="http://www.nlets.org/niem/nlets-hdr/1.0" ` +
  `xmlns:nc="http://niem.gov/niem/niem-core/2.0" xmlns:j4="http://niem.gov/niem/domains/jxdm/4.1" n2:version="4.00">` +
  `<n2:NLETSMessageHeader><nh2:MessageKeyCodeText>IAQ</nh2:MessageKeyCodeText>` +
  `<nh2:OriginatingORIID>${ori}</nh2:OriginatingORIID><nh2:DestinationORIID>AX</nh2:DestinationORIID>` +
  `<nh2:DocumentControlFieldText>${control}</nh2:DocumentControlFieldText></n2:NLETSMessageHeader>\r\n` +
  `<n2:NLETSInquiryData n2:key="IAQ"><n2:PurposeCode>${purpose}</n2:PurposeCode>` +
  `<n2:ResponseAttentionDescriptionText>SGT TESTER</n2:ResponseAttentionDescriptionText>` +
  `<nc:ContactInformation><nc:ContactTelephoneNumber><nc:FullTelephoneNumber><nc:TelephoneNumberFullID>8025550142` +
  `</nc:TelephoneNumberFullID></nc:FullTelephoneNumber></nc:ContactTelephoneNumber></nc:ContactInformation>` +
  `<n2:Person><nc:PersonName><nc:PersonFullName>${subject.name}</nc:PersonFullName></nc:PersonName>` +
  `<nc:PersonBirthDate><nc:Date>${subject.dob.replace(/(....)(..)(..)/, '$1-$2-$3')}</nc:Date></nc:PersonBirthDate>` +
  `<nc:PersonSexCode>${subject.sex}</nc:PersonSexCode>` +
  `<j4:PersonBirthPlaceCode>${subject.pob}</j4:PersonBirthPlaceCode></n2:Person>` +
  `<j4:ChargeNCICCode>0399</j4:ChargeNCICCode><nc:Status><nc:StatusText>Y</nc:StatusText></nc:Status>` +
  `</n2:NLETSInquiryData></n2:NLETS>`

/** A query; with `refused` one that gets an `ER`. */
export function query({ ori, control, form, dice, refused = false }) {
  const parts = { ori, control, subject: dice.pick(SUBJECTS), purpose: refused ? 'X' : 'C' }
  return form === 'xml' ? xml(parts) : text(parts)
}
