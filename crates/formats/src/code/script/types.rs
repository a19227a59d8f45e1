//! Types as expressions: what they name, and what they are made of. The type of an object has its fields as a mapping.

use oxc_ast::ast;
use oxc_span::GetSpan as _;

use super::*;

impl<'s> Lower<'s> {
    pub(super) fn kind(&mut self, kind: &ast::TSType) -> ExprId {
        // Written around another type without a meaning for what it names.
        let mut kind = kind;
        loop {
            kind = match kind {
                ast::TSType::TSParenthesizedType(inner) => &inner.type_annotation,
                ast::TSType::JSDocNullableType(inner) => &inner.type_annotation,
                ast::TSType::JSDocNonNullableType(inner) => &inner.type_annotation,
                ast::TSType::TSTypeOperatorType(inner)
                    if inner.operator == ast::TSTypeOperatorOperator::Readonly =>
                {
                    &inner.type_annotation
                }
                _ => break,
            };
        }
        self.nested(kind.span(), |this| this.described(kind))
    }

    fn described(&mut self, kind: &ast::TSType) -> Expr<'s> {
        let at = kind.span();
        match kind {
            ast::TSType::TSNullKeyword(_) => Expr::Null,
            ast::TSType::TSTypeReference(reference) => {
                let of = self.type_name(&reference.type_name);
                match &reference.type_arguments {
                    Some(arguments) => self.generic(of, arguments),
                    None => self.unit.expr(of).clone(),
                }
            }
            ast::TSType::TSTypeQuery(query) => {
                let of = match &query.expr_name {
                    ast::TSTypeQueryExprName::TSImportType(import) => {
                        let import = self.import_type(import);
                        self.add(import, query.span)
                    }
                    name => match name.as_ts_type_name() {
                        Some(name) => self.type_name(name),
                        None => self.other([], query.span),
                    },
                };
                Expr::Other([of].into())
            }
            ast::TSType::TSImportType(import) => self.import_type(import),
            ast::TSType::TSLiteralType(literal) => match &literal.literal {
                ast::TSLiteral::BooleanLiteral(b) => Expr::Bool(b.value),
                ast::TSLiteral::NumericLiteral(n) => self.number(n),
                ast::TSLiteral::BigIntLiteral(_) => Expr::Other(Box::default()),
                ast::TSLiteral::StringLiteral(text) => Expr::Text(self.quoted(text)),
                ast::TSLiteral::TemplateLiteral(text) => self.template(text),
                ast::TSLiteral::UnaryExpression(op) => self.unary(op),
            },
            ast::TSType::TSArrayType(array) => Expr::Other([self.kind(&array.element_type)].into()),
            ast::TSType::TSTupleType(tuple) => {
                Expr::List(tuple.element_types.iter().map(|element| self.tuple_element(element)).collect())
            }
            ast::TSType::TSNamedTupleMember(member) => {
                Expr::Other([self.tuple_element(&member.element_type)].into())
            }
            ast::TSType::TSUnionType(union) => Expr::Other(self.kinds(&union.types)),
            ast::TSType::TSIntersectionType(all) => Expr::Other(self.kinds(&all.types)),
            ast::TSType::TSConditionalType(c) => {
                Expr::Other(self.kinds([&c.check_type, &c.extends_type, &c.true_type, &c.false_type]))
            }
            ast::TSType::TSIndexedAccessType(index) => {
                let of = self.kind(&index.object_type);
                Expr::Index { of, key: self.kind(&index.index_type) }
            }
            ast::TSType::TSTypeOperatorType(inner) => Expr::Other([self.kind(&inner.type_annotation)].into()),
            ast::TSType::TSTypeLiteral(object) => {
                let mut entries = Vec::with_capacity(object.members.len());
                for member in &object.members {
                    if let ast::TSSignature::TSPropertySignature(property) = member
                        && let Some(kind) = &property.type_annotation
                    {
                        let key = self.key(&property.key);
                        entries.push((Some(key), self.kind(&kind.type_annotation)));
                    }
                }
                Expr::Map(entries.into())
            }
            ast::TSType::TSFunctionType(f) => Expr::Other([self.kind(&f.return_type.type_annotation)].into()),
            ast::TSType::TSConstructorType(f) => {
                Expr::Other([self.kind(&f.return_type.type_annotation)].into())
            }
            ast::TSType::TSTypePredicate(is) => {
                Expr::Other(is.type_annotation.iter().map(|kind| self.kind(&kind.type_annotation)).collect())
            }
            ast::TSType::TSMappedType(mapped) => {
                let value = mapped.type_annotation.as_ref();
                Expr::Other(self.kinds([Some(&mapped.constraint), value].into_iter().flatten()))
            }
            ast::TSType::TSTemplateLiteralType(text) => Expr::Other(self.kinds(&text.types)),
            ast::TSType::TSInferType(_) | ast::TSType::JSDocUnknownType(_) => Expr::Other(Box::default()),
            // `string`, `number` and the other names of the language.
            _ => Expr::Name(self.slice(at)),
        }
    }

    fn kinds<'t, 'a: 't>(&mut self, all: impl IntoIterator<Item = &'t ast::TSType<'a>>) -> Box<[ExprId]> {
        all.into_iter().map(|kind| self.kind(kind)).collect()
    }

    fn tuple_element(&mut self, element: &ast::TSTupleElement) -> ExprId {
        match element {
            ast::TSTupleElement::TSOptionalType(inner) => self.kind(&inner.type_annotation),
            ast::TSTupleElement::TSRestType(inner) => self.kind(&inner.type_annotation),
            element => match element.as_ts_type() {
                Some(kind) => self.kind(kind),
                None => self.other([], element.span()),
            },
        }
    }

    /// `A<B, C>`: as Python's `A[B, C]`.
    fn generic(&mut self, of: ExprId, arguments: &ast::TSTypeParameterInstantiation) -> Expr<'s> {
        let keys = self.kinds(&arguments.params);
        let key = match *keys {
            [only] => only,
            _ => self.add(Expr::List(keys), arguments.span),
        };
        Expr::Index { of, key }
    }

    /// `import('m').A`: a member of the module.
    fn import_type(&mut self, import: &ast::TSImportType) -> Expr<'s> {
        let start = import.span.start;
        let callee = self.add(Expr::Name("import"), oxc_span::Span::sized(start, 6));
        let value = self.add(Expr::Text(self.quoted(&import.source)), import.source.span);
        let args = [Arg { name: None, value, spread: false }].into();
        let mut whole = Expr::Call(Box::new(Call { callee, args, construct: false }));
        let mut names = Vec::new();
        let mut qualifier = import.qualifier.as_ref();
        while let Some(part) = qualifier {
            qualifier = match part {
                ast::TSImportTypeQualifier::Identifier(name) => {
                    names.push(name.span);
                    None
                }
                ast::TSImportTypeQualifier::QualifiedName(name) => {
                    names.push(name.right.span);
                    Some(&name.left)
                }
            };
        }
        for name in names.into_iter().rev().take(MAX_DEPTH as usize) {
            let of = self.add(whole, oxc_span::Span::new(start, name.start));
            whole = Expr::Member { of, name: self.slice(name) };
        }
        whole
    }

    pub(super) fn type_name(&mut self, name: &ast::TSTypeName) -> ExprId {
        match name {
            ast::TSTypeName::QualifiedName(name) => self.qualified(name),
            name => self.name(name.span()),
        }
    }

    pub(super) fn qualified(&mut self, name: &ast::TSQualifiedName) -> ExprId {
        self.nested(name.span, |this| {
            let of = this.type_name(&name.left);
            Expr::Member { of, name: this.slice(name.right.span) }
        })
    }

    /// A type under a name: of an object a class with its fields, of another name that name. What is computed is dropped,
    /// since such a type often has the name of the value it is computed of.
    pub(super) fn alias(&mut self, alias: &ast::TSTypeAliasDeclaration, out: &mut Vec<Stmt<'s>>) {
        match &alias.type_annotation {
            ast::TSType::TSTypeLiteral(object) => {
                let body = self.fields(&object.members);
                let class = self.plain_class(alias.id.span, alias.span, Vec::new(), body);
                out.push(Stmt::Class(class));
            }
            ast::TSType::TSTypeReference(reference) if reference.type_arguments.is_none() => {
                let value = Some(self.type_name(&reference.type_name));
                let target = self.name(alias.id.span);
                out.push(Stmt::Assign { target, value, kind: None, assigning: Assigning::Declare });
            }
            _ => {}
        }
    }

    /// An interface: a class with fields and without methods.
    pub(super) fn interface(&mut self, interface: &ast::TSInterfaceDeclaration) -> ClassId {
        let bases = interface.extends.iter().map(|base| self.type_name(&base.type_name)).collect();
        let body = self.fields(&interface.body.body);
        self.plain_class(interface.id.span, interface.span, bases, body)
    }

    fn fields(&mut self, members: &[ast::TSSignature]) -> Vec<Stmt<'s>> {
        let mut out = Vec::with_capacity(members.len());
        for member in members {
            if let ast::TSSignature::TSPropertySignature(property) = member
                && let Some(name) = self.key_name(&property.key)
            {
                let target = self.name(name);
                let kind = property.type_annotation.as_ref().map(|kind| self.kind(&kind.type_annotation));
                out.push(Stmt::Assign { target, value: None, kind, assigning: Assigning::Declare });
            }
        }
        out
    }
}
