"""What KBase's own Python client does with an answer: its error takes these keys and no others."""

import json
import os
import urllib.error
import urllib.request


class ServerError(Exception):
    def __init__(self, name, code, message, data=None, error=None):
        super().__init__(message)
        self.name = name
        self.code = code
        self.message = message or ''
        self.data = data or error or ''

    def __str__(self):
        return self.name + ': ' + str(self.code) + '. ' + self.message + '\n' + self.data


def call(body, token):
    headers = {'AUTHORIZATION': token} if token else {}
    request = urllib.request.Request(os.environ['STEWARD_URL'], data=body.encode(), headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)['result']
    except urllib.error.HTTPError as answer:
        assert answer.code == 500, answer.code
        assert answer.headers['content-type'] == 'application/json', answer.headers['content-type']
        raise ServerError(**json.load(answer)['error'])


def administer(command, token=os.environ['TOKEN']):
    return call(json.dumps({'version': '1.1', 'method': 'Workspace.administer', 'params': [command], 'id': '1'}), token)


FAILING = [
    lambda: call('{', None),
    lambda: call('{"method": "ver", "params": [], "foo": 1}', None),
    lambda: call('{"method": "nope", "params": []}', None),
    lambda: call('{"method": "ver", "params": [1]}', None),
    lambda: call('{"method": "create_workspace", "params": ["x"]}', os.environ['TOKEN']),
    lambda: administer({'command': 'listAdmins'}, None),
    lambda: administer({'command': 'listAdmins'}, 'no token'),
    lambda: administer({'command': 'nope'}),
    lambda: administer({'command': 'addAdmin', 'user': 'nobody'}),
    lambda: administer({'command': 'getWorkspaceInfo', 'params': {'id': 5}}),
    lambda: administer({'command': 'removeAdmin', 'user': 'admin'}),
]

if __name__ == '__main__':
    for failing in FAILING:
        try:
            print('NOT REFUSED', failing())
        except ServerError as error:
            print(json.dumps(str(error)))
