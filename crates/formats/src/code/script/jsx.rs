//! JSX elements. An element of HTML is named by a text, a fragment by an empty one.

use oxc_ast::ast;
use oxc_span::GetSpan as _;

use super::*;

impl<'s> Lower<'s> {
    pub(super) fn jsx(&mut self, element: &ast::JSXElement) -> Expr<'s> {
        let opening = &element.opening_element;
        let at = opening.name.span();
        let name = match &opening.name {
            ast::JSXElementName::IdentifierReference(_) | ast::JSXElementName::ThisExpression(_) => {
                self.name(at)
            }
            ast::JSXElementName::MemberExpression(member) => self.jsx_member(member),
            _ => self.add(Expr::Text(Cow::Borrowed(self.slice(at))), at),
        };
        let mut attributes = Vec::with_capacity(opening.attributes.len());
        for attribute in &opening.attributes {
            attributes.push(match attribute {
                ast::JSXAttributeItem::Attribute(attribute) => {
                    (Some(self.slice(attribute.name.span())), self.jsx_value(attribute))
                }
                ast::JSXAttributeItem::SpreadAttribute(all) => (None, self.expr(&all.argument)),
            });
        }
        let children = self.jsx_children(&element.children);
        Expr::Element(Box::new(Element { name, attributes, children }))
    }

    pub(super) fn fragment(&mut self, fragment: &ast::JSXFragment) -> Expr<'s> {
        let name = self.add(Expr::Text(Cow::Borrowed("")), fragment.opening_fragment.span);
        let children = self.jsx_children(&fragment.children);
        Expr::Element(Box::new(Element { name, attributes: Vec::new(), children }))
    }

    fn jsx_member(&mut self, member: &ast::JSXMemberExpression) -> ExprId {
        if self.too_deep(member.span) {
            return self.other([], member.span);
        }
        self.depth += 1;
        let of = match &member.object {
            ast::JSXMemberExpressionObject::MemberExpression(inner) => self.jsx_member(inner),
            object => self.name(object.span()),
        };
        self.depth -= 1;
        self.add(Expr::Member { of, name: self.slice(member.property.span) }, member.span)
    }

    fn jsx_value(&mut self, attribute: &ast::JSXAttribute) -> ExprId {
        match &attribute.value {
            None => self.add(Expr::Bool(true), attribute.span),
            Some(ast::JSXAttributeValue::StringLiteral(text)) => {
                self.add(Expr::Text(self.quoted(text)), text.span)
            }
            Some(ast::JSXAttributeValue::ExpressionContainer(hole)) => {
                match hole.expression.as_expression() {
                    Some(value) => self.expr(value),
                    None => self.add(Expr::Null, hole.span),
                }
            }
            Some(ast::JSXAttributeValue::Element(element)) => {
                self.nested(element.span, |this| this.jsx(element))
            }
            Some(ast::JSXAttributeValue::Fragment(fragment)) => {
                self.nested(fragment.span, |this| this.fragment(fragment))
            }
        }
    }

    fn jsx_children(&mut self, children: &[ast::JSXChild]) -> Vec<ExprId> {
        let mut out = Vec::with_capacity(children.len());
        for child in children {
            out.push(match child {
                // White space between elements says nothing.
                ast::JSXChild::Text(text) if self.slice(text.span).trim().is_empty() => continue,
                ast::JSXChild::Text(text) => {
                    let value = self.piece(&text.value, text.span);
                    self.add(Expr::Text(value), text.span)
                }
                ast::JSXChild::Element(element) => self.nested(element.span, |this| this.jsx(element)),
                ast::JSXChild::Fragment(fragment) => {
                    self.nested(fragment.span, |this| this.fragment(fragment))
                }
                ast::JSXChild::ExpressionContainer(hole) => match hole.expression.as_expression() {
                    Some(value) => self.expr(value),
                    None => continue,
                },
                ast::JSXChild::Spread(all) => {
                    let of = self.expr(&all.expression);
                    self.add(Expr::Spread(of), all.span)
                }
            });
        }
        out
    }
}
