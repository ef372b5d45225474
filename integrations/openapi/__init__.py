"""An OpenAPI 3 document becomes an integration with its actions.

What Vitals needs of such a document is little: its servers, security and operations. Only that is
read, leniently, so that a fault in a schema refuses nothing; and nothing is ever fetched.
"""
